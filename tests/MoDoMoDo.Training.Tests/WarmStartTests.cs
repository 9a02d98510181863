using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using TorchSharp;
using Xunit;

namespace MoDoMoDo.Training.Tests;

public class WarmStartTests
{
    private static readonly Image Dark = Picture(20);
    private static readonly Image Light = Picture(230);

    private static Image Picture(byte grey)
    {
        var pixels = new byte[3 * 32 * 32];
        Array.Fill(pixels, grey);
        return Image.OfPixels(RgbImage.Create(32, 32, pixels));
    }

    private sealed class Pixels : IImageSource
    {
        public RgbImage Load(Image image) => ((ImageData.Pixels)image.Data).Image;
    }

    private static readonly string[] Words = [" dark", " light", " what"];

    private static Policy Fresh()
    {
        var tokenizer = Tokenizer.OfWords(Words);
        return Policy.Create(PolicyConfig.Small(tokenizer), tokenizer, 3, ImageProcessor.Small);
    }

    private static SupervisedExample Example(int i) =>
        new(
            [i % 2 == 0 ? Dark : Light],
            [
                [new(" what", 0), new(i % 2 == 0 ? " dark" : " light", 1)],
            ]
        );

    private static TextStage Texts(int steps) =>
        new()
        {
            Name = "texts",
            Steps = steps,
            Batch = 4,
            Example = Example,
            Schedule = new Schedule { Peak = 3e-3, Shape = DecayShape.Constant },
        };

    private static double Loss(Policy policy, WarmStartStage stage)
    {
        using var scope = torch.NewDisposeScope();
        return stage.Loss(policy, new Pixels(), 0).Loss.item<float>();
    }

    [Fact]
    public void A_policy_learns_to_name_what_it_sees()
    {
        using var policy = Fresh();
        var lines = new List<string>();
        WarmStart.Run(policy, [Texts(60)], new Pixels(), lines.Add, TestContext.Current.CancellationToken);
        Assert.Equal(4, lines.Count);
        Assert.EndsWith("accuracy 1.00", lines[^1]);
        Assert.True(Loss(policy, Texts(1)) < 0.2);
    }

    [Fact]
    public void Image_tokens_learn_their_tags()
    {
        using var policy = Fresh();
        var stage = new TagStage
        {
            Name = "tags",
            Steps = 40,
            Batch = 4,
            Example = i => new TaggedImage(
                i % 2 == 0 ? Dark : Light,
                [.. Enumerable.Repeat(new[] { Words[i % 2], "" }, 4)]
            ),
            Words =
            [
                [" dark", " light"],
            ],
            Schedule = new Schedule { Peak = 3e-3, Shape = DecayShape.Constant },
        };
        WarmStart.Run(policy, [stage], new Pixels(), _ => { }, TestContext.Current.CancellationToken);
        Assert.True(Loss(policy, stage) < 0.2);
    }

    [Fact]
    public void A_frozen_tower_stays_as_it_is_and_the_decoder_moves()
    {
        using var policy = Fresh();
        float[] Values(bool tower) =>
            [
                .. policy
                    .NamedParameters.Where(p => Policy.IsTower(p.Key) == tower)
                    .SelectMany(p => p.Value.detach().data<float>().ToArray()),
            ];
        var (tower, decoder) = (Values(true), Values(false));
        WarmStart.Run(
            policy,
            [Texts(2) with { FreezeTower = true }],
            new Pixels(),
            _ => { },
            TestContext.Current.CancellationToken
        );
        Assert.Equal(tower, Values(true));
        Assert.NotEqual(decoder, Values(false));
    }

    [Fact]
    public void The_same_stages_give_the_same_weights()
    {
        float[] Trained()
        {
            using var policy = Fresh();
            WarmStart.Run(policy, [Texts(3)], new Pixels(), _ => { }, TestContext.Current.CancellationToken);
            return [.. policy.NamedParameters.SelectMany(p => p.Value.detach().data<float>().ToArray())];
        }
        Assert.Equal(Trained(), Trained());
    }
}
