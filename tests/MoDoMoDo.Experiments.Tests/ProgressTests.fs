module MoDoMoDo.Experiments.Tests.ProgressTests

open FsCheck.Xunit
open MoDoMoDo.Experiments
open Xunit

[<Property>]
let ``a sweep reads the steps that a run writes, whatever is appended``
    (step: FsCheck.NonNegativeInt)
    (steps: FsCheck.NonNegativeInt)
    =
    let heard = Heard.Step(step.Get, steps.Get)
    ProgressLine.read (ProgressLine.text heard + ", reward 0.41, 12 s left") = Some heard

[<Property>]
let ``a sweep reads the scoring that a run writes`` (finished: FsCheck.NonNegativeInt) (items: FsCheck.NonNegativeInt) =
    let heard = Heard.Scoring("world-mmmu", finished.Get, items.Get)
    ProgressLine.read (ProgressLine.text heard) = Some heard

[<Theory>]
[<InlineData "">]
[<InlineData "step 12: scored 5 sets">]
[<InlineData "step -1 of 40">]
[<InlineData "domain a is exhausted: 40 of 40 rows">]
let ``other lines are no progress`` (line: string) = Assert.Equal(None, ProgressLine.read line)
