namespace MoDoMoDo.Verifiers

open System
open System.Globalization

/// A value that changes in steps over training: the last entry that is not after the step holds.
type Schedule<'a> = private {
    Entries: (int * 'a) list
} with

    /// The value at an optimiser step; steps below 0 count as 0.
    member schedule.At(step: int) : 'a = schedule.Entries |> List.findBack (fun (from, _) -> from <= max 0 step) |> snd

/// Building schedules.
module Schedule =

    /// The same value at every step.
    let constant (value: 'a) : Schedule<'a> = { Entries = [ 0, value ] }

    /// The schedule of (first step, value) entries; an error unless the first is at step 0 and the steps ascend.
    let create (entries: (int * 'a) list) : Result<Schedule<'a>, string> =
        match entries with
        | (0, _) :: _ when entries |> List.pairwise |> List.forall (fun ((a, _), (b, _)) -> a < b) ->
            Ok { Entries = entries }
        | _ -> Error "entries from step 0 on, in the order of their steps"

    /// The schedule of what `f` makes of the values.
    let map (f: 'a -> 'b) (schedule: Schedule<'a>) : Schedule<'b> = {
        Entries = schedule.Entries |> List.map (fun (step, value) -> step, f value)
    }

    /// The schedule of what `f` makes of two schedules' values at each step.
    let map2 (f: 'a -> 'b -> 'c) (first: Schedule<'a>) (second: Schedule<'b>) : Schedule<'c> =
        let steps = List.map fst first.Entries @ List.map fst second.Entries |> List.distinct |> List.sort
        { Entries = steps |> List.map (fun step -> step, f (first.At step) (second.At step)) }

    /// True when the predicate holds for every value.
    let forall (predicate: 'a -> bool) (schedule: Schedule<'a>) : bool =
        schedule.Entries |> List.forall (snd >> predicate)

    let private marks = [| ' '; ','; ';'; ':'; '['; ']'; '('; ')' |]

    /// A schedule of numbers as settings write it: "0.5", "0:0.5, 500:0.75" or "[[0, 0.5], [500, 0.75]]".
    let ofText (text: string) : Result<Schedule<float>, string> =
        let number (word: string) =
            match Double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value when Double.IsFinite value -> Some value
            | _ -> None

        let step (word: string) =
            match Int32.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, value -> Some value
            | _ -> None

        let words = text.Split(marks, StringSplitOptions.RemoveEmptyEntries)

        let entries =
            match words with
            | [| one |] -> [| number one |> Option.map (fun value -> 0, value) |]
            | _ ->
                words
                |> Array.chunkBySize 2
                |> Array.map (function
                    | [| from; value |] -> Option.map2 (fun a b -> a, b) (step from) (number value)
                    | _ -> None)

        if entries.Length = 0 || Array.exists Option.isNone entries then
            Error "a number, or steps and numbers such as 0:0.5, 500:0.75"
        else
            create (entries |> Array.choose id |> Array.toList)
