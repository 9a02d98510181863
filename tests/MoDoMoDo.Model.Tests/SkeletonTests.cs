using Xunit;

namespace MoDoMoDo.Model.Tests;

public class SkeletonTests
{
    [Fact]
    public void Placeholder() => Assert.True(true);
}
