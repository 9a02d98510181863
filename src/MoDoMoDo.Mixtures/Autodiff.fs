namespace MoDoMoDo.Mixtures

open System
open System.Collections.Generic

/// A real number that remembers how it was computed: a node of the graph that reverse-mode differentiation walks back.
/// Partial derivatives are nodes themselves, so derivatives can be differentiated again.
[<Sealed>]
type D(value: float, parents: D[], partials: unit -> D[]) =
    static let constant = Array.empty<D>
    /// A constant or an independent variable.
    new(value: float) = D(value, constant, (fun () -> constant))

    member _.Value = value
    member internal _.Parents = parents
    member internal _.Partials() = partials ()

    static member private Unary(value, x: D, partial: unit -> D) = D(value, [| x |], (fun () -> [| partial () |]))

    static member private Binary(value, x: D, y: D, ofX: unit -> D, ofY: unit -> D) =
        D(value, [| x; y |], (fun () -> [| ofX (); ofY () |]))

    static member (+)(x: D, y: D) = D.Binary(x.Value + y.Value, x, y, (fun () -> D 1.0), (fun () -> D 1.0))
    static member (-)(x: D, y: D) = D.Binary(x.Value - y.Value, x, y, (fun () -> D 1.0), (fun () -> D -1.0))
    static member (*)(x: D, y: D) = D.Binary(x.Value * y.Value, x, y, (fun () -> y), (fun () -> x))
    static member (/)(x: D, y: D) : D = x * D.Pow(y, -1.0)
    static member (~-)(x: D) = D.Unary(-x.Value, x, (fun () -> D -1.0))
    static member (+)(x: D, y: float) = D.Unary(x.Value + y, x, (fun () -> D 1.0))
    static member (+)(x: float, y: D) = y + x
    static member (-)(x: D, y: float) = x + (-y)
    static member (-)(x: float, y: D) = -y + x
    static member (*)(x: D, y: float) = D.Unary(x.Value * y, x, (fun () -> D y))
    static member (*)(x: float, y: D) = y * x
    static member (/)(x: D, y: float) = x * (1.0 / y)
    static member (/)(x: float, y: D) : D = x * D.Pow(y, -1.0)
    /// x to a constant power.
    static member Pow(x: D, y: float) : D = D.Unary(Math.Pow(x.Value, y), x, (fun () -> y * D.Pow(x, y - 1.0)))
    static member Exp(x: D) : D = D.Unary(exp x.Value, x, (fun () -> D.Exp x))
    static member Log(x: D) : D = D.Unary(log x.Value, x, (fun () -> D.Pow(x, -1.0)))
    static member Sqrt(x: D) : D = D.Pow(x, 0.5)
    static member Tanh(x: D) : D = D.Unary(tanh x.Value, x, (fun () -> let t = D.Tanh x in 1.0 - t * t))

    /// The sum of x_i w_i: one node.
    static member Dot(x: D[], w: float[]) : D =
        D((Array.fold2 (fun sum (a: D) b -> sum + a.Value * b) 0.0 x w), x, (fun () -> w |> Array.map D))

/// Derivatives of functions written with `D`, by DiffSharp's names and argument order (grad f x, diff f x, hessian f x). Parameters of
/// user-defined predictors are learned with them, and hand-written gradients are checked by them.
module Autodiff =

    /// The nodes below a result, each before its parents.
    let private downwards (result: D) : D list =
        let seen, order, waiting = HashSet<D>(HashIdentity.Reference), Stack<D>(), Stack<struct (D * bool)>()
        waiting.Push(struct (result, false))

        while waiting.Count > 0 do
            let struct (node, done') = waiting.Pop()

            if done' then
                order.Push node
            elif seen.Add node then
                waiting.Push(struct (node, true))

                for parent in node.Parents do
                    waiting.Push(struct (parent, false))

        List.ofSeq order

    /// Derivatives of a result by some variables, as nodes.
    let private adjoints (result: D) (variables: D[]) : D[] =
        let adjoint = Dictionary<D, D>(HashIdentity.Reference)
        adjoint[result] <- D 1.0

        for node in downwards result do
            match adjoint.TryGetValue node with
            | true, own when node.Parents.Length > 0 ->
                Array.iter2
                    (fun parent partial ->
                        let share = own * partial

                        adjoint[parent] <-
                            match adjoint.TryGetValue parent with
                            | true, there -> there + share
                            | _ -> share)
                    node.Parents
                    (node.Partials())
            | _ -> ()

        variables
        |> Array.map (fun v ->
            match adjoint.TryGetValue v with
            | true, a -> a
            | _ -> D 0.0)

    /// Derivatives of a result by some variables, as numbers.
    let private numbers (result: D) (variables: D[]) : float[] =
        let adjoint = Dictionary<D, float>(HashIdentity.Reference)
        adjoint[result] <- 1.0

        for node in downwards result do
            match adjoint.TryGetValue node with
            | true, own when node.Parents.Length > 0 ->
                Array.iter2
                    (fun parent (partial: D) ->
                        adjoint[parent] <-
                            own * partial.Value
                            + (match adjoint.TryGetValue parent with
                               | true, there -> there
                               | _ -> 0.0))
                    node.Parents
                    (node.Partials())
            | _ -> ()

        variables
        |> Array.map (fun v ->
            match adjoint.TryGetValue v with
            | true, a -> a
            | _ -> 0.0)

    /// Value and gradient of a function of many variables.
    let gradv (f: D[] -> D) (x: float[]) : struct (float * float[]) =
        let variables = Array.map D x
        let result = f variables
        struct (result.Value, numbers result variables)

    /// Gradient of a function of many variables.
    let grad (f: D[] -> D) (x: float[]) : float[] =
        let struct (_, gradient) = gradv f x
        gradient

    /// Derivative of a function of one variable.
    let diff (f: D -> D) (x: float) : float = (grad (fun v -> f v[0]) [| x |])[0]

    /// Matrix of second derivatives of a function of many variables.
    let hessian (f: D[] -> D) (x: float[]) : float[][] =
        let variables = Array.map D x
        adjoints (f variables) variables |> Array.map (fun derivative -> numbers derivative variables)
