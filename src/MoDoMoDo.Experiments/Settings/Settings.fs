namespace MoDoMoDo.Experiments

open System
open System.Text
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// Settings in which every field has a value and every value has been checked.
[<Sealed>]
type Settings internal (source: string, json: Json) =

    /// The file that they came from, for messages.
    member _.Source = source
    /// All fields.
    member _.Json = json

    /// The value at a path such as "training.steps"; Null where the settings say null.
    member _.At(path: string) : Json = Json.at path json
    /// The whole number at a path.
    member s.Whole(path: string) : int = int (Json.number (s.At path))
    /// The number at a path.
    member s.Number(path: string) : float = Json.number (s.At path)
    /// The switch at a path.
    member s.Switch(path: string) : bool = s.At path = Json.Bool true
    /// The text at a path; empty where the settings say null.
    member s.Text(path: string) : string = Json.text (s.At path)
    /// The names of the table at a path, in order.
    member s.Names(path: string) : string[] = s.At path |> Json.fields |> List.map fst |> Array.ofList

    /// The mixture over all training domains, in their order.
    member s.Weights: Weights =
        let domains = s.Names "data.domains"
        let given = s.At "mixture.weights" |> Json.fields |> dict
        let weight domain = if given.ContainsKey domain then Json.number given[domain] else 0.0
        Weights.Create(domains, Array.map weight domains)

    /// All fields as a run's settings.json holds them: strict JSON.
    member _.ToText() : string = Json.indented json

/// Reading, overriding, checking and printing of settings.
module Settings =

    let private commandLine = "--set"

    let private assign (under: Json) (assignment: string) : Json =
        match assignment.IndexOf '=' with
        | -1 -> raise (InputException(commandLine, assignment, "path.to.field=value", "no '='"))
        | i ->
            let given = assignment.Substring(i + 1)

            let value =
                match Json.tryParse given with
                | Ok value -> value
                | Error _ -> Json.Text given

            Schema.assign commandLine (assignment.Substring(0, i).Trim()) Fields.all value under

    let private checkSets (source: string) (json: Json) =
        for role, known in [ "domains", Embedded.domains; "benchmarks", Embedded.domains @ Embedded.benchmarks ] do
            for name, set in Json.at ("data." + role) json |> Json.fields do
                if Json.field "files" set = Json.List [] && not (List.contains name known) then
                    let path = "data." + role + "." + name

                    raise (
                        InputException(source, path, "files, or the name of an embedded set", Nearest.found known name)
                    )

        if Json.at "data.domains" json = Json.Object [] then
            raise (InputException(source, "data.domains", "at least one domain", "none"))

    let private checkWeights (source: string) (json: Json) =
        let domains = Json.at "data.domains" json |> Json.fields |> List.map fst
        let weights = Json.at "mixture.weights" json |> Json.fields

        for name, _ in weights do
            if not (List.contains name domains) then
                let path = "mixture.weights." + name
                raise (InputException(source, path, "a domain of data.domains", Nearest.found domains name))

        let sum = weights |> List.sumBy (snd >> Json.number)

        if abs (sum - 1.0) > Weights.Tolerance then
            let found = "a sum of " + sum.ToString("0.########", Globalization.CultureInfo.InvariantCulture)
            raise (InputException(source, "mixture.weights", "weights that sum to 1 within 1e-6", found))

    /// What a sweep optimises must be there to be measured.
    let private checkTarget (source: string) (json: Json) =
        let names role = Json.at ("data." + role) json |> Json.fields |> List.map fst
        let known = names "benchmarks" @ List.map ((+) "test:") (names "domains")
        let refuse wanted found = raise (InputException(source, "sweep.target", wanted, found))

        let named =
            try
                match Target.parse (Json.text (Json.at "sweep.target" json)) with
                | Target.Mean
                | Target.Min
                | Target.Items -> []
                | Target.Single name -> [ name ]
                | Target.Weighted parts -> parts |> Seq.map fst |> List.ofSeq
            with :? InputException as e ->
                refuse e.Wanted e.Found

        for name in named do
            if not (List.contains name known) then
                refuse "a benchmark of data.benchmarks, composite:mean or composite:min" (Nearest.found known name)

    /// Equal shares where no weights are given.
    let private withWeights (json: Json) =
        match Json.at "mixture.weights" json, Json.at "data.domains" json |> Json.fields with
        | Json.Null, domains ->
            let share = Json.Number(1.0 / float domains.Length)
            let mixture = Json.field "mixture" json
            Json.set "mixture" (Json.set "weights" (Json.Object [ for name, _ in domains -> name, share ]) mixture) json
        | _ -> json

    let private resolve (source: string) (assignments: string seq) (json: Json) : Settings =
        let source = if Seq.isEmpty assignments then source else source + " with --set"
        let whole = assignments |> Seq.fold assign json |> Schema.complete Fields.all |> withWeights
        checkSets source whole
        checkWeights source whole
        checkTarget source whole
        Settings(source, whole)

    /// The settings of a preset with `path=value` assignments on top. Raises InputException.
    let ofPreset (name: string) (assignments: string seq) : Settings =
        Presets.find name |> resolve ("preset " + name) assignments

    /// The settings in a text that came from `source`: its fields over the defaults, assignments on top. Raises
    /// InputException with the path of the first thing that is wrong.
    let ofText (source: string) (text: string) (assignments: string seq) : Settings =
        let given = Json.parse source text
        Schema.check source "" Fields.all given
        resolve source assignments given

    /// The settings of a file. Raises InputException when it is missing or anything in it is wrong.
    let ofFile (path: string) (assignments: string seq) : Settings = ofText path (Files.read path) assignments

    /// These settings with further `path=value` assignments.
    let withSet (assignments: string seq) (settings: Settings) : Settings =
        resolve settings.Source assignments settings.Json

    let private comment (field: Field) =
        let meaning = field.Meaning.Substring(0, 1).ToUpperInvariant() + field.Meaning.Substring 1 + "."
        let unit = if field.Unit = "" then "" else " [" + field.Unit + "]"

        match field.Kind with
        | Kind.Section _
        | Kind.Table _ -> meaning + unit
        | _ -> meaning + unit + " Default: " + Json.line field.Default + "."

    /// A complete file: every field with its meaning, unit and default as a comment above the value in force.
    let commented (settings: Settings) : string =
        let text = StringBuilder()
        let line (depth: int) (content: string) = text.Append(' ', 2 * depth).Append(content).Append('\n') |> ignore
        let quote name = Json.line (Json.Text name)

        let rec write depth (prefix: string) (kind: Kind) (value: Json) (suffix: string) =
            let block (entries: (string * string * (int -> string -> string -> unit)) list) =
                line depth (prefix + "{")
                let last = entries.Length - 1

                entries
                |> List.iteri (fun i (name, words, entry) ->
                    if words <> "" then
                        line (depth + 1) ("// " + words)

                    entry (depth + 1) (quote name + ": ") (if i = last then "" else ","))

                line depth ("}" + suffix)

            match kind, value with
            | Kind.Optional inner, value when value <> Json.Null -> write depth prefix inner value suffix
            | Kind.Section fields, Json.Object _ ->
                block [
                    for field in fields ->
                        field.Name,
                        comment field,
                        (fun depth prefix suffix -> write depth prefix field.Kind (Json.field field.Name value) suffix)
                ]
            | Kind.Table inner, Json.Object((_ :: _) as entries) ->
                // The words of a set's fields stand once, at the first set; the others take one line each.
                block [
                    for i, (name, entry) in List.indexed entries ->
                        name,
                        "",
                        (fun depth prefix suffix ->
                            if i = 0 then
                                write depth prefix inner entry suffix
                            else
                                line depth (prefix + Json.line entry + suffix))
                ]
            | _ -> line depth (prefix + Json.line value + suffix)

        write 0 "" Fields.all settings.Json ""
        text.ToString()

    /// The paths at which two settings differ, in order.
    let differences (a: Settings) (b: Settings) : string list =
        let rec walk path (x: Json) (y: Json) =
            match x, y with
            | Json.Object x', Json.Object y' ->
                x' @ y'
                |> List.map fst
                |> List.distinct
                |> List.collect (fun name -> walk (Schema.join path name) (Json.field name x) (Json.field name y))
            | _ -> if x = y then [] else [ path ]

        walk "" a.Json b.Json
