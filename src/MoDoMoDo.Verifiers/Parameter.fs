namespace MoDoMoDo.Verifiers

open System
open System.Collections.Generic
open System.Globalization
open MoDoMoDo.Domain

/// A parameter of a verifier or shaping that settings can name.
type Parameter = {
    Name: string
    /// The value without a setting, as settings write it.
    Default: string
    /// What it does, in one sentence.
    Meaning: string
}

/// Reading parameters. Every bad value raises InputException with the parameter's name.
module Parameter =

    /// The text of a parameter, or its default.
    let text (given: IReadOnlyDictionary<string, string>) (parameter: Parameter) : string =
        match given.TryGetValue parameter.Name with
        | true, text -> text
        | _ -> parameter.Default

    /// Raises that a parameter's value cannot be used.
    let bad (parameter: Parameter) (wanted: string) (found: string) : 'a =
        raise (InputException("", parameter.Name, wanted, $"'{found}'"))

    let private shown (x: float) = x.ToString("R", CultureInfo.InvariantCulture)

    /// A finite number between two bounds, both included.
    let number (low: float) (high: float) (given: IReadOnlyDictionary<string, string>) (parameter: Parameter) : float =
        let found = text given parameter

        match Double.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value when value >= low && value <= high -> value
        | _ -> bad parameter $"a number between {shown low} and {shown high}" found

    /// A whole number of at least `low`.
    let whole (low: int) (given: IReadOnlyDictionary<string, string>) (parameter: Parameter) : int =
        let found = text given parameter

        match Int32.TryParse(found, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
        | true, value when value >= low -> value
        | _ -> bad parameter $"a whole number of at least {low}" found

    /// One of named choices.
    let choice (named: (string * 'a) list) (given: IReadOnlyDictionary<string, string>) (parameter: Parameter) : 'a =
        let found = text given parameter

        match named |> List.tryFind (fun (name, _) -> name = found) with
        | Some(_, value) -> value
        | None -> bad parameter (named |> List.map fst |> String.concat ", ") found

    /// A schedule of numbers in [0, 1].
    let fractions (given: IReadOnlyDictionary<string, string>) (parameter: Parameter) : Schedule<float> =
        let found = text given parameter

        match Schedule.ofText found with
        | Ok schedule when schedule |> Schedule.forall (fun v -> v >= 0.0 && v <= 1.0) -> schedule
        | Ok _ -> bad parameter "numbers in [0, 1]" found
        | Error wanted -> bad parameter wanted found

    /// An address of the schemes http and https.
    let url (given: IReadOnlyDictionary<string, string>) (parameter: Parameter) : Uri =
        let found = text given parameter
        let isWeb (scheme: string) = scheme = Uri.UriSchemeHttp || scheme = Uri.UriSchemeHttps

        if Uri.IsWellFormedUriString(found, UriKind.Absolute) && isWeb (Uri found).Scheme then
            Uri found
        else
            bad parameter "an http or https address" found

    /// Raises when a given name is none of the parameters; `owner` is whose they are.
    let requireKnown (owner: string) (parameters: Parameter[]) (given: IReadOnlyDictionary<string, string>) : unit =
        let known = parameters |> Array.map _.Name

        match given.Keys |> Seq.tryFind (fun key -> not (Array.contains key known)) with
        | Some key ->
            let wanted = if known.Length = 0 then "no parameters" else String.concat ", " known
            raise (InputException("", owner, wanted, $"'{key}'"))
        | None -> ()
