namespace MoDoMoDo.Experiments

open System
open System.Globalization
open MoDoMoDo.Domain

/// What a value in a settings file may be.
[<RequireQualifiedAccess>]
type Kind =
    /// A whole number between two bounds, both included, that fits 32 bits.
    | Whole of Low: float * High: float
    /// A finite number between two bounds, both included.
    | Number of Low: float * High: float
    /// true or false.
    | Switch
    /// A text.
    | Text
    /// One of these texts.
    | Choice of string list
    /// null, or a value of this kind.
    | Optional of Kind
    /// An array of values of this kind.
    | Many of Kind
    /// An object with names of the user's own.
    | Table of Kind
    /// An object with these fields.
    | Section of Field list

/// One field of a settings file: the only place where its default and its words stand.
and Field = {
    Name: string
    /// What it is, in one sentence; ends without a full stop.
    Meaning: string
    /// Unit, range or choices; "" when the meaning says it all.
    Unit: string
    Kind: Kind
    /// The default; for a section what it leaves to the defaults of its own fields.
    Default: Json
}

/// Checking, completing and overlaying of JSON by fields. Every error is an InputException with the path of the value.
module Schema =

    let private shownNumber (x: float) = x.ToString("R", CultureInfo.InvariantCulture)

    let private range low high =
        match Double.IsFinite low, Double.IsFinite high with
        | false, false -> ""
        | true, false -> if low = Double.Epsilon then " above 0" else " of at least " + shownNumber low
        | false, true -> " of at most " + shownNumber high
        | true, true -> " between " + shownNumber low + " and " + shownNumber high

    /// What a kind accepts, in words: "a whole number of at least 1".
    let rec wanted (kind: Kind) : string =
        match kind with
        | Kind.Whole(low, high) -> "a whole number" + range low high
        | Kind.Number(low, high) -> "a number" + range low high
        | Kind.Switch -> "true or false"
        | Kind.Text -> "a text"
        | Kind.Choice names -> "one of " + String.Join(", ", names)
        | Kind.Optional inner -> wanted inner + " or null"
        | Kind.Many inner -> "an array, each item " + wanted inner
        | Kind.Table _
        | Kind.Section _ -> "an object"

    /// A value as an error message shows it: short, on one line.
    let shown (value: Json) : string =
        match value with
        | Json.Object _ -> "an object"
        | Json.List _ -> "an array"
        | Json.Number x when Double.IsInfinity x -> "a number that is too large"
        | value ->
            let text = Json.line value
            if text.Length > 60 then text.Substring(0, 60) + "..." else text

    /// The path of a field below a path.
    let join (path: string) (name: string) : string = if path = "" then name else path + "." + name

    let private fieldOf (file: string) (path: string) (fields: Field list) (name: string) : Field =
        match fields |> List.tryFind (fun f -> f.Name = name) with
        | Some field -> field
        | None -> raise (InputException(file, path, "a known field", Nearest.found (List.map _.Name fields) name))

    /// Raises InputException unless the value, and everything below it, is of this kind. Sections may be incomplete.
    let rec check (file: string) (path: string) (kind: Kind) (value: Json) : unit =
        match kind, value with
        | Kind.Optional _, Json.Null
        | Kind.Switch, Json.Bool _
        | Kind.Text, Json.Text _ -> ()
        | Kind.Optional inner, _ -> check file path inner value
        | Kind.Whole(low, high), Json.Number x when x = floor x && x >= low && x <= min high (float Int32.MaxValue) ->
            ()
        | Kind.Number(low, high), Json.Number x when Double.IsFinite x && x >= low && x <= high -> ()
        | Kind.Choice names, Json.Text text ->
            if not (List.contains text names) then
                raise (InputException(file, path, wanted kind, Nearest.found names text))
        | Kind.Many inner, Json.List items -> items |> List.iteri (fun i -> check file $"{path}[{i}]" inner)
        | Kind.Table inner, Json.Object entries ->
            for name, entry in entries do
                check file (join path name) inner entry
        | Kind.Whole(low, _), Json.Number x when x = floor x && x >= low && x > float Int32.MaxValue ->
            raise (InputException(file, path, $"a whole number of at most {Int32.MaxValue}", shown value))
        | Kind.Section fields, Json.Object entries ->
            for name, entry in entries do
                let path = join path name
                check file path (fieldOf file path fields name).Kind entry
        | _ -> raise (InputException(file, path, wanted kind, shown value))

    /// The value with every missing field of its sections, at any depth, set to the default.
    let rec complete (kind: Kind) (value: Json) : Json =
        match kind, value with
        | Kind.Section fields, Json.Object given ->
            Json.Object [
                for field in fields do
                    let value = given |> List.tryFind (fun (name, _) -> name = field.Name) |> Option.map snd
                    field.Name, complete field.Kind (Option.defaultValue field.Default value)
            ]
        | Kind.Table inner, Json.Object given -> Json.Object [ for name, entry in given -> name, complete inner entry ]
        | Kind.Optional inner, value when value <> Json.Null -> complete inner value
        | _ -> value

    /// `over` laid on `under`: sections field by field, everything else (tables too) replaced.
    let rec overlay (kind: Kind) (under: Json) (over: Json) : Json =
        match kind, under, over with
        | Kind.Section fields, Json.Object _, Json.Object given ->
            (under, given)
            ||> List.fold (fun under (name, value) ->
                let field = fields |> List.find (fun f -> f.Name = name)
                Json.set name (overlay field.Kind (Json.field name under) value) under)
        | Kind.Optional inner, under, over when under <> Json.Null && over <> Json.Null -> overlay inner under over
        | _ -> over

    /// The value with the field at a path of names set; tables get new entries. Raises InputException on an unknown name
    /// and on a value of another kind.
    let assign (file: string) (path: string) (whole: Kind) (value: Json) (root: Json) : Json =
        let rec go (kind: Kind) (names: string list) (under: Json) =
            match names, kind with
            | [], _ ->
                check file path kind value
                value
            | _, Kind.Optional inner -> go inner names under
            | name :: rest, Kind.Section fields ->
                let field = fieldOf file path fields name
                Json.set name (go field.Kind rest (Json.field name under)) under
            | name :: rest, Kind.Table inner -> Json.set name (go inner rest (Json.field name under)) under
            | name :: _, _ -> raise (InputException(file, path, "a field without parts", "'." + name + "' behind it"))

        go whole (List.ofArray (path.Split '.')) root
