using Xunit;

namespace MoDoMoDo.Data.Tests;

public class SkeletonTests
{
    [Fact]
    public void Placeholder() => Assert.True(true);
}
