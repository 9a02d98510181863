module MoDoMoDo.Experiments.Tests.SettingsTests

open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open Xunit

let presets: TheoryData<string> = TheoryData<string>(Array.ofList Presets.names)

let private error (work: unit -> 'a) = Assert.Throws<InputException>(fun () -> work () |> ignore)

[<Theory; MemberData(nameof presets)>]
let ``a printed preset reads back as the same settings`` (name: string) =
    let settings = Settings.ofPreset name []
    let again = Settings.ofText "printed" (Settings.commented settings) []
    Assert.Equal(settings.Json, again.Json)

[<Theory; MemberData(nameof presets)>]
let ``a run's settings.json is strict JSON and reads back as the same settings`` (name: string) =
    let settings = Settings.ofPreset name []
    use _ = System.Text.Json.JsonDocument.Parse(settings.ToText())
    Assert.Equal(settings.Json, (Settings.ofText "strict" (settings.ToText()) []).Json)

[<Fact>]
let ``every default is of its own kind and has words`` () =
    let rec walk (kind: Kind) =
        match kind with
        | Kind.Section fields ->
            for field in fields do
                Schema.check "default" field.Name field.Kind field.Default
                Assert.False(System.String.IsNullOrWhiteSpace field.Meaning)
                Assert.False(field.Meaning.EndsWith '.')
                walk field.Kind
        | Kind.Table inner
        | Kind.Optional inner
        | Kind.Many inner -> walk inner
        | _ -> ()

    walk Fields.all

[<Fact>]
let ``an empty file stands for the embedded world with equal weights`` () =
    let settings = Settings.ofText "empty" "{}" []
    Assert.Equal<string list>(Embedded.domains, List.ofArray (settings.Names "data.domains"))
    Assert.Equal(0.2, settings.Weights["world-sat"])

[<Theory>]
[<InlineData("""{ "training": { "lenght": 3 } }""", "training.lenght", "a known field")>]
[<InlineData("""{ "training": { "steps": "many" } }""", "training.steps", "a whole number of at least 0")>]
[<InlineData("""{ "training": { "steps": -1 } }""", "training.steps", "a whole number of at least 0")>]
[<InlineData("""{ "training": { "steps": 2.5 } }""", "training.steps", "a whole number of at least 0")>]
[<InlineData("""{ "training": { "weightDecay": 1e999 } }""", "training.weightDecay", "a number of at least 0")>]
[<InlineData("""{ "training": 7 }""", "training", "an object")>]
[<InlineData("""{ "model": { "path": null } }""", "model.path", "a text")>]
[<InlineData("""{ "mixture": { "draw": "quotta" } }""", "mixture.draw", "one of quota, iid")>]
[<InlineData("""{ "mixture": { "weights": { "world-sat": 0.999 } } }""",
             "mixture.weights",
             "weights that sum to 1 within 1e-6")>]
[<InlineData("""{ "mixture": { "weights": { "world-sta": 1 } } }""",
             "mixture.weights.world-sta",
             "a domain of data.domains")>]
[<InlineData("""{ "mixture": { "weights": { "world-sat": -1, "world-coco": 2 } } }""",
             "mixture.weights.world-sat",
             "a number between 0 and 1")>]
[<InlineData("""{ "data": { "domains": { "cocoo": {} } } }""",
             "data.domains.cocoo",
             "files, or the name of an embedded set")>]
[<InlineData("""{ "data": { "domains": {} } }""", "data.domains", "at least one domain")>]
[<InlineData("""[]""", "", "an object")>]
[<InlineData("""{ "seed": 1, "seed": 2 }""", "", "JSON")>]
let ``what is wrong is named with its path`` (text: string) (path: string) (wanted: string) =
    let e = error (fun () -> Settings.ofText "a.json" text [])
    Assert.Equal("a.json", e.File)
    Assert.Equal(path, e.Field)
    Assert.Equal(wanted, e.Wanted)

[<Fact>]
let ``an assignment overrides the file, as JSON where it is JSON and as a text elsewhere`` () =
    let settings =
        Settings.ofText "a.json" """{ "training": { "steps": 5 }, }""" [
            "training.steps=20"
            "model.path=some/folder"
            "mixture.weights.world-sat=1"
        ]

    Assert.Equal(20, settings.Whole "training.steps")
    Assert.Equal("some/folder", settings.Text "model.path")
    Assert.Equal(1.0, settings.Weights["world-sat"])

[<Theory>]
[<InlineData("training.stpes=3", "training.stpes")>]
[<InlineData("training.steps.x=3", "training.steps.x")>]
[<InlineData("training.steps=three", "training.steps")>]
[<InlineData("training", "training")>]
let ``a wrong assignment is named`` (assignment: string) (path: string) =
    let e = error (fun () -> Settings.ofPreset "small" [ assignment ])
    Assert.Equal("--set", e.File)
    Assert.Equal(path, e.Field)

[<Fact>]
let ``differences are the paths that differ and nothing else`` () =
    let a = Settings.ofPreset "small" []
    let b = Settings.ofPreset "small" [ "training.steps=7"; "log.tensorBoard=false" ]
    Assert.Equal<string list>([ "training.steps"; "log.tensorBoard" ], Settings.differences a b)
    Assert.Empty(Settings.differences a a)

[<Theory>]
[<InlineData("lenght", "length")>]
[<InlineData("Steps", "steps")>]
[<InlineData("world-sta", "world-sat")>]
let ``a typing mistake finds the name that was meant`` (given: string) (meant: string) =
    Assert.Equal(Some meant, Nearest.name [ "length"; "steps"; "world-sat"; "seed" ] given)

[<Fact>]
let ``a name that is like none gets no suggestion`` () = Assert.Equal(None, Nearest.name [ "length"; "steps" ] "zebra")

[<Property(MaxTest = 50)>]
let ``edit distance is symmetric, zero only for equal texts, and at most the longer length``
    (FsCheck.NonEmptyString a)
    (FsCheck.NonEmptyString b)
    =
    let d = Nearest.distance a b
    d = Nearest.distance b a && (d = 0) = (a = b) && d <= max a.Length b.Length
