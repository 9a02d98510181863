namespace MoDoMoDo.Experiments

open System
open System.Collections.Generic
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open MoDoMoDo.Training
open MoDoMoDo.Verifiers

/// Which items of a benchmark are meant.
type Half =
    | All
    | Fit
    | Confirm

/// From the data section of settings to domains, benchmarks and samplers, ready to use.
module Sources =

    /// Some of the samples of a source, in a given order.
    let view (source: ISampleSource) (indices: int[]) : ISampleSource = {
        new ISampleSource with
            member _.Name = source.Name
            member _.Count = indices.Length
            member _.Get index = source.Get indices[index]
    }

    let private first (limit: int option) (source: ISampleSource) : ISampleSource =
        match limit with
        | Some limit when limit < source.Count -> view source (Array.init limit id)
        | _ -> source

    /// The samples of one source after those of another.
    let private followedBy (second: ISampleSource) (first: ISampleSource) : ISampleSource = {
        new ISampleSource with
            member _.Name = first.Name
            member _.Count = first.Count + second.Count
            member _.Get index = if index < first.Count then first.Get index else second.Get(index - first.Count)
    }

    let private limitOf (set: Json) =
        match Json.field "limit" set with
        | Json.Number n -> Some(int n)
        | _ -> None

    let private world (s: Settings) : World =
        World(WorldLevel.Of(s.Whole "data.world.level"), uint64 (s.Whole "data.world.seed"))

    let private isEmbedded (set: Json) = Json.field "files" set = Json.List []

    /// The rows of a set in files.
    let private openFiles (name: string) (set: Json) : Dataset =
        let texts field = Json.items (Json.field field set) |> List.map Json.text |> Array.ofList

        let options =
            DatasetOptions(
                Format = Json.text (Json.field "format" set),
                Columns = GoldJson.parameters (Json.field "columns" set),
                ImageFolders = texts "images",
                Split =
                    (match Json.field "split" set with
                     | Json.Text split -> split
                     | _ -> null),
                Limit = (limitOf set |> Option.toNullable),
                Problems = ProblemHandling.Skip
            )

        DatasetCatalogue.Open(name, texts "files", options)

    /// Raises InputException when a set in files has no usable row; says what was left out.
    let private checkedRows (notice: string -> unit) (name: string) (data: Dataset) : Dataset =
        if data.Problems.Count > 0 then
            notice
                $"{name}: {data.Problems.Count} rows of {data.Rows} cannot be used; the first: {data.Problems[0].Message}"

        for KeyValue(reason, count) in data.LeftOut do
            notice $"{name}: {count} rows are left out: {reason}"

        if data.Count = 0 then
            raise (
                InputException(
                    name,
                    "files",
                    "at least one usable row",
                    (if data.Problems.Count > 0 then data.Problems[0].Message else "none")
                )
            )

        data

    let private verifierOf (source: string) (path: string) (set: Json) (usual: unit -> IVerifier) : IVerifier =
        match Json.field "verifier" set with
        | Json.Text name ->
            let isUsers = UserVerifier.isReference name

            if not (isUsers || Seq.contains name Catalogue.names) then
                raise (
                    InputException(source, path + ".verifier", "a known verifier", Nearest.found Catalogue.names name)
                )

            try
                Catalogue.findWith name (GoldJson.parameters (Json.field "parameters" set))
            with :? InputException as e ->
                let field = if isUsers then "verifier" else "parameters"
                raise (InputException(source, $"{path}.{field}: {e.Field}", e.Wanted, e.Found))
        | _ -> usual ()

    let private templateOf (source: string) (path: string) (set: Json) (usual: PromptTemplate) : PromptTemplate =
        match Json.field "template" set with
        | Json.Text name -> Templates.find source (path + ".template") name
        | _ -> usual

    /// The paper's reward for rows of a format.
    let private rewardOf (format: string) : IVerifier =
        match format with
        | "virft-coco" -> Catalogue.find "modomodo-coco"
        | "lisa" -> Catalogue.find "modomodo-lisa"
        | _ -> Catalogue.find "modomodo"

    /// The scorer of a benchmark, by its own name or else that of its format.
    let private scorerOf (s: Settings) (name: string) (format: string) : IVerifier =
        let mode =
            if s.Text "data.scoring" = "compat" then
                ScoringMode.Compat
            else
                ScoringMode.Strict

        let bare =
            if name.StartsWith("world-", StringComparison.Ordinal) then
                name.Substring 6
            else
                name

        match [ bare; format ] |> List.tryFind (fun n -> Seq.contains n Benchmarks.names) with
        | Some known -> Benchmarks.scorer known mode
        | None -> Catalogue.find "accuracy"

    /// The figures of a benchmark by its own name, else by that of its format.
    let private metricsOf (name: string) (format: string) : IMetric[] =
        match Benchmarks.metrics name with
        | [||] -> Benchmarks.metrics format
        | own -> own

    /// A training domain and its own test.
    type private Opened = { Domain: TrainingDomain; Test: Benchmark }

    let private openEmbedded (s: Settings) (name: string) (path: string) (set: Json) : Opened =
        let world = world s
        let items split setting = world.Source(name, split, Nullable(s.Whole("data.world." + setting)))
        let template = templateOf s.Source path set World.Template

        {
            Domain = {
                Name = name
                Source = items WorldSplit.Train "trainItems" |> first (limitOf set)
                HeldBack = items WorldSplit.HeldBack "heldBackItems"
                Template = template
                Verifier = verifierOf s.Source path set (fun () -> Catalogue.find "world")
            }
            Test = {
                Name = name
                Source = items WorldSplit.Test "testItems"
                Template = template
                Verifier = scorerOf s name ""
                Metrics = metricsOf name ""
            }
        }

    /// Rows in files: a first block to train on, then the domain's own test, then the items held back.
    let private openRows (notice: string -> unit) (s: Settings) (name: string) (path: string) (set: Json) : Opened =
        let data = openFiles name set |> checkedRows notice name
        let share setting = int (ceil (float data.Count * s.Number("data." + setting)))
        let heldBack, test = share "heldBack", share "test"
        let train = data.Count - heldBack - test

        if train < 1 then
            raise (
                InputException(
                    s.Source,
                    path,
                    "rows left to train on",
                    $"{data.Count} rows, {heldBack} held back, {test} for the test"
                )
            )

        let block start count = view data (Array.init count (fun i -> start + i))
        let template = templateOf s.Source path set (Templates.ofFormat data.Format)

        {
            Domain = {
                Name = name
                Source = block 0 train
                HeldBack = block (train + test) heldBack
                Template = template
                Verifier = verifierOf s.Source path set (fun () -> rewardOf data.Format)
            }
            Test = {
                Name = name
                Source = block train test
                Template = template
                Verifier = scorerOf s name data.Format
                Metrics = metricsOf name data.Format
            }
        }

    /// The training domains, in the order of the settings, each with its own test (which may be empty).
    let domains (notice: string -> unit) (s: Settings) : (TrainingDomain * Benchmark)[] = [|
        for name, set in Json.fields (s.At "data.domains") ->
            let path = "data.domains." + name

            let opened =
                if isEmbedded set then
                    openEmbedded s name path set
                else
                    openRows notice s name path set

            opened.Domain, opened.Test
    |]

    /// Raises InputException when a domain's verifier cannot judge its golds, before anything is trained.
    let checkVerifiers (domains: TrainingDomain seq) : unit =
        for domain in domains do
            Catalogue.check domain.Verifier domain.Source 100

    /// The shapings of the settings, each with its weight; right and wrong are what the domain's verifier says.
    let shapings (s: Settings) (domains: TrainingDomain[]) : WeightedShaping[] =
        let verifiers = dict [ for domain in domains -> domain.Name, domain.Verifier ]

        let verdict (attempt: Attempt) =
            match verifiers.TryGetValue attempt.Sample.Domain with
            | true, verifier -> Grader.Verify(verifier, attempt)
            | _ -> Verdict.Unscorable(Evidence.Because $"no domain {attempt.Sample.Domain}")

        [|
            for name, chosen in Json.fields (s.At "rollout.shaping") ->
                let path = "rollout.shaping." + name

                try
                    let parameters = GoldJson.parameters (Json.field "parameters" chosen)
                    WeightedShaping(Shapings.find name parameters verdict, Json.number (Json.field "weight" chosen))
                with :? InputException as e ->
                    raise (InputException(s.Source, $"{path}: {e.Field}", e.Wanted, e.Found))
        |]

    /// Raises InputException where settings name a verifier, a shaping, parameters or a template that are not there. No data is read.
    let checkNames (s: Settings) : unit =
        for name, set in Json.fields (s.At "data.domains") do
            let path = "data.domains." + name
            verifierOf s.Source path set (fun () -> Catalogue.find "accuracy") |> ignore
            templateOf s.Source path set PromptTemplate.Plain |> ignore

        for name, set in Json.fields (s.At "data.benchmarks") do
            templateOf s.Source ("data.benchmarks." + name) set PromptTemplate.Plain |> ignore

        shapings s [||] |> ignore

    let private halfOf (half: Half) (source: ISampleSource) : ISampleSource =
        match half with
        | All -> source
        | Fit -> view source [| 0..2 .. source.Count - 1 |]
        | Confirm -> view source [| 1..2 .. source.Count - 1 |]

    let private benchmark (notice: string -> unit) (s: Settings) (half: Half) (name: string) (set: Json) : Benchmark =
        let path = "data.benchmarks." + name

        let source, format, template =
            if not (isEmbedded set) then
                let data = openFiles name set |> checkedRows notice name
                halfOf half data, data.Format, Templates.ofFormat data.Format
            elif List.contains name Embedded.benchmarks then
                let world = world s
                let items split setting = world.Source(name, split, Nullable(s.Whole("data.world." + setting)))
                let fit, confirm = items WorldSplit.Fit "fitItems", items WorldSplit.Confirm "confirmItems"

                let source =
                    match half with
                    | Fit -> fit
                    | Confirm -> confirm
                    | All -> fit |> followedBy confirm

                first (limitOf set) source, "", World.Template
            else
                let test = (world s).Source(name, WorldSplit.Test, Nullable(s.Whole "data.world.testItems"))
                first (limitOf set) (halfOf half test), "", World.Template

        {
            Name = name
            Source = source
            Template = templateOf s.Source path set template
            Verifier = verifierOf s.Source path set (fun () -> scorerOf s name format)
            Metrics = metricsOf name format
        }

    /// The unseen benchmarks, or one half of their items.
    let benchmarks (notice: string -> unit) (s: Settings) (half: Half) : Benchmark[] = [|
        for name, set in Json.fields (s.At "data.benchmarks") -> benchmark notice s half name set
    |]

    /// The sampler with the weights of a bandit.
    let private bandit (s: Settings) (inner: IPromptSampler) : IPromptSampler =
        let space =
            match s.At "mixture.bounds" with
            | Json.Text file -> Bounds.read inner.Domains file
            | _ -> MixtureSpace.simplex inner.Domains

        BanditSampler(
            {
                Temperature = s.Number "mixture.bandit.temperature"
                Exploration = s.Number "mixture.bandit.exploration"
                Window = s.Whole "mixture.bandit.window"
            },
            space,
            inner
        )

    /// The sampler of prompts for these domains under the mixture of the settings.
    let sampler (s: Settings) (domains: TrainingDomain[]) : IPromptSampler =
        let mode = if s.Text "mixture.draw" = "iid" then DrawMode.Independent else DrawMode.Quota

        let exhausted =
            if s.Text "mixture.exhausted" = "stop" then
                ExhaustionPolicy.Stop
            else
                ExhaustionPolicy.Repeat

        let sizes = domains |> Array.map _.Source.Count
        let fixed' = PromptSampler(s.Weights, sizes, uint64 (s.Whole "seed"), mode, exhausted)

        match s.Text "mixture.online" with
        | "bandit" -> bandit s fixed'
        | _ -> fixed'
