module MoDoMoDo.Experiments.Tests.BindingTests

open System.Text.Json
open MoDoMoDo.Experiments
open MoDoMoDo.Training
open Xunit

/// The options as text: equal texts are equal options.
let private text (settings: Settings) = JsonSerializer.Serialize(Binding.training settings)

/// Another value of the field's kind than the one in force.
let private other (kind: Kind) (value: Json) : Json option =
    match kind, value with
    | (Kind.Whole(_, high) | Kind.Number(_, high)), Json.Number x when x + 1.0 <= high -> Some(Json.Number(x + 1.0))
    | (Kind.Whole(_, high) | Kind.Number(_, high)), Json.Number x ->
        Some(Json.Number(if x = 0.0 then high / 2.0 else x / 2.0))
    | Kind.Optional(Kind.Number _), Json.Null -> Some(Json.Number 2.0)
    | Kind.Switch, Json.Bool b -> Some(Json.Bool(not b))
    | Kind.Choice names, Json.Text name -> names |> List.tryFind ((<>) name) |> Option.map Json.Text
    | _ -> None

let private fieldsOf (section: string) =
    match Fields.all with
    | Kind.Section sections ->
        match (sections |> List.find (fun f -> f.Name = section)).Kind with
        | Kind.Section fields -> fields
        | _ -> []
    | _ -> []

/// Fields that say which rows are used, or how answers are judged, a run is scored or kept, not what the options of training
/// hold.
let private elsewhere = [ "evaluation.aggregate"; "evaluation.half"; "rollout.maxPromptTokens"; "rollout.shaping" ]

[<Fact>]
let ``every field of the training sections reaches the options of training`` () =
    let settings = Settings.ofPreset "small" []
    let before = text settings

    for section in [ "rollout"; "training"; "evaluation"; "checkpoint"; "log" ] do
        for field in fieldsOf section do
            let path = section + "." + field.Name

            if not (List.contains path elsewhere) then
                match other field.Kind (settings.At path) with
                | None -> Assert.Fail $"no other value for {path}"
                | Some value ->
                    let changed = Settings.withSet [ path + "=" + Json.line value ] settings
                    Assert.True(text changed <> before, path + " changes nothing")

[<Fact>]
let ``every preset gives options that training accepts`` () =
    for preset in Presets.names do
        (Binding.training (Settings.ofPreset preset [])).Checked() |> ignore

[<Fact>]
let ``the world's update is the one of DESIGN 14`` () =
    let options = Binding.training (Settings.ofPreset "small" [])
    Assert.Equal(LossType.DrGrpo, options.Training.Loss.Loss)
    Assert.Equal(3, options.Training.Loss.LossLength)
    Assert.Equal(0.0, options.Training.Loss.Beta)
    Assert.Equal(OptimiserKind.Sgd, options.Training.Optimiser.Kind)
    Assert.Equal(0.9, options.Training.Optimiser.Momentum)
    Assert.True options.Training.FreezeTower

[<Fact>]
let ``the names of the embedded sets are those of the world`` () =
    Assert.Equal<string seq>(MoDoMoDo.Data.World.Domains, Embedded.domains)
    Assert.Equal<string seq>(MoDoMoDo.Data.World.Benchmarks, Embedded.benchmarks)

[<Fact>]
let ``every embedded set has a source, a template and a verifier that can judge it`` () =
    let settings = Settings.ofPreset "small" []
    let domains = Sources.domains ignore settings
    Sources.checkVerifiers (domains |> Seq.map fst)

    for half, count in [ Fit, 200; Confirm, 400; All, 600 ] do
        for benchmark in Sources.benchmarks ignore settings half do
            Assert.Equal(count, benchmark.Source.Count)
            MoDoMoDo.Verifiers.Catalogue.check benchmark.Verifier benchmark.Source 20
