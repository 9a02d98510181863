namespace MoDoMoDo.Verifiers

open System
open MoDoMoDo.Domain

/// From functions to the interfaces that the other projects use.
[<AbstractClass; Sealed>]
type Verifier private () =

    /// The verifier of a function, under a name. An exception is a fault of the function, not of the policy: the verdict
    /// is Unscorable and names it.
    static member Create(name: string, reward: Func<Attempt, Verdict>) : IVerifier = {
        new IVerifier with
            member _.Name = name

            member _.Verify attempt =
                try
                    reward.Invoke attempt
                with e ->
                    Judge.unscorable $"the verifier {name} raised {e.GetType().Name}: {e.Message}"
    }

    /// The verifier of a reward, for F# code and scripts.
    static member OfReward (name: string) (reward: Reward<Attempt>) : IVerifier =
        Verifier.Create(name, Func<_, _> reward)

    /// The verdicts on many attempts, in their order, graded in parallel.
    static member VerifyAll(verifier: IVerifier, attempts: Attempt[]) : Verdict[] =
        attempts |> Array.Parallel.map verifier.Verify
