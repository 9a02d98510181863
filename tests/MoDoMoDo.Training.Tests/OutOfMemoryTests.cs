using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;

namespace MoDoMoDo.Training.Tests;

public class OutOfMemoryTests
{
    [Fact]
    public void MemoryThatDoesNotSuffice_NamesTheBatchAndTheSetting()
    {
        var error = Assert.Throws<WorkException>(() =>
            OutOfMemory.Named(
                () => "training on 4 prompts",
                "training.microBatchPrompts=1",
                () => torch.zeros(1L << 46)
            )
        );
        Assert.Equal(
            "training on 4 prompts: the memory does not suffice; training.microBatchPrompts=1 would help",
            error.Message
        );
    }

    [Fact]
    public void AnyOtherFailure_StaysWhatItIs() =>
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() =>
            OutOfMemory.Named(() => "", "", () => torch.zeros(2, 3).mm(torch.zeros(2, 3)))
        );
}
