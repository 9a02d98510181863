module MoDoMoDo.Experiments.Tests.StatisticsTests

open System
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open Xunit

[<Fact>]
let ``a paired interval is that of Student's t`` () =
    // Differences of world.md 6.4: 2.5 6.3 4.4 2.7 3.4, mean +3.9, interval +- 1.9.
    let d = Statistics.paired [ 2.5; 6.3; 4.4; 2.7; 3.4 ]
    Assert.Equal(3.86, d.Mean, 2)
    Assert.Equal(1.9, d.Upper - d.Mean, 1)
    Assert.True(Double.IsNaN (Statistics.paired [ 1.0 ]).Lower)

[<Fact>]
let ``groups that differ clearly are told apart, and F is that of the textbook`` () =
    // One-way layout by hand: groups 1 2 3, 2 3 4 and 5 6 7; between 26 on 2 degrees, within 6 on 6.
    let d = Statistics.permutationTest 0UL 2000 [ [ 1.0; 2.0; 3.0 ]; [ 2.0; 3.0; 4.0 ]; [ 5.0; 6.0; 7.0 ] ]
    Assert.Equal(13.0, d.F, 9)
    Assert.Equal(26.0 / 32.0, d.Explained, 9)
    Assert.InRange(d.P, 0.0, 0.05)

[<Property(MaxTest = 20)>]
let ``values that do not depend on their group are seldom told apart`` (seed: uint16) =
    let stream = RandomStream(uint64 seed)
    let groups = [ for _ in 1..6 -> [ for _ in 1..3 -> stream.NextGaussian() ] ]
    let d = Statistics.permutationTest (uint64 seed) 200 groups
    d.P >= 1.0 / 201.0 && d.P <= 1.0 && d.Explained >= 0.0 && d.Explained <= 1.0
