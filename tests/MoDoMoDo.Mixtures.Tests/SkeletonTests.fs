module MoDoMoDo.Mixtures.Tests.SkeletonTests

open Xunit

[<Fact>]
let ``placeholder`` () = Assert.True(true)
