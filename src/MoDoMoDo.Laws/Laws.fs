namespace MoDoMoDo.Laws

open System
open MoDoMoDo.Domain

/// The entry for scripts: `Laws.check verifier` prints which laws hold.
[<AbstractClass; Sealed>]
type Laws private () =

    /// The laws' findings for a verifier.
    static member Findings(verifier: IVerifier) : Finding[] = VerifierLaws.ofVerifier verifier |> Law.checkAll

    /// Checks a verifier, writes which laws hold, with the smallest counterexample of each that does not, and returns true
    /// when all hold.
    static member check(verifier: IVerifier) : bool =
        let findings = Laws.Findings verifier
        Console.Out.WriteLine $"laws of {verifier.Name}:"
        Law.write Console.Out findings
        findings |> Array.forall _.Holds
