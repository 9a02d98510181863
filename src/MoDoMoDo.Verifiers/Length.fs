/// Rewards of length and repetition: signed, computed from lengths alone, added after verdicts.
module MoDoMoDo.Verifiers.Length

open System
open System.Collections.Generic

/// The ends between which a cosine reward moves.
type CosineRange = { MinWrong: float; MaxWrong: float; MinCorrect: float; MaxCorrect: float }

/// TRL's defaults.
let defaultCosine = { MinWrong = -1.0; MaxWrong = -0.5; MinCorrect = 0.5; MaxCorrect = 1.0 }

let private cosineAt (range: CosineRange) (correct: bool) (share: float) =
    // Wrong answers swap the ends: longer ones lose less.
    let low, high =
        if correct then
            range.MinCorrect, range.MaxCorrect
        else
            range.MaxWrong, range.MinWrong

    low + 0.5 * (high - low) * (1.0 + cos (Math.PI * share))

/// The cosine reward: `low + (high - low) (1 + cos(pi L / max)) / 2`, constant beyond `longest`. Source: open-r1 and TRL
/// cosine_scaled_reward, clamped.
let cosine (range: CosineRange) (longest: int) (correct: bool) (length: int) : float =
    cosineAt range correct (min 1.0 (float length / float longest))

/// The same without the clamp, as open-r1 has it: periodic beyond `longest`.
let cosineUnclamped (range: CosineRange) (longest: int) (correct: bool) (length: int) : float =
    cosineAt range correct (float length / float longest)

/// DAPO's soft overlong punishment: 0 up to `longest - cache`, falling linearly to -1 at `longest`, -1 beyond.
let softOverlong (longest: int) (cache: int) (length: int) : float =
    if length <= longest - cache then 0.0
    elif length <= longest then float (longest - cache - length) / float cache
    else -1.0

/// The penalty for n-grams that repeat: (1 - distinct / all) * worst, 0 where there are fewer than n items. `worst` is not
/// positive. Runs of n hashes are compared exactly within equal hashes.
let repetition (n: int) (worst: float) (items: 'a[]) : float =
    let count = items.Length - n + 1

    if n < 1 || count < 1 then
        0.0
    else
        // Equal items get equal small numbers; an n-gram is then a window of numbers.
        let numbers = Dictionary<'a, int>(HashIdentity.Structural)

        let codes =
            items
            |> Array.map (fun item ->
                match numbers.TryGetValue item with
                | true, code -> code
                | _ ->
                    let code = numbers.Count
                    numbers[item] <- code
                    code)

        let comparer = {
            new IEqualityComparer<int> with
                member _.Equals(a, b) = codes.AsSpan(a, n).SequenceEqual(codes.AsSpan(b, n))

                member _.GetHashCode start =
                    let mutable hash = 17

                    for i in start .. start + n - 1 do
                        hash <- hash * 31 + codes[i]

                    hash
        }

        let windows = HashSet<int>(comparer)

        for start in 0 .. count - 1 do
            windows.Add start |> ignore

        (1.0 - float windows.Count / float count) * worst

/// Kimi's length reward of a group: 0.5 - (L - min) / (max - min), not above 0 for wrong answers; all 0 when the lengths are
/// equal. Source: Kimi k1.5, section 2.3.3.
let kimi (lengths: int[]) (correct: bool[]) : float[] =
    match lengths with
    | [||] -> [||]
    | _ ->
        let shortest, longest = Array.min lengths, Array.max lengths

        Array.map2
            (fun length right ->
                if shortest = longest then
                    0.0
                else
                    let value = 0.5 - float (length - shortest) / float (longest - shortest)
                    if right then value else min 0.0 value)
            lengths
            correct
