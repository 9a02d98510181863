/// Verifiers of users, named in settings by their assembly: "rewards.dll:Polite" is the public type or F# value Polite
/// in rewards.dll.
module MoDoMoDo.Verifiers.UserVerifier

open System
open System.Collections.Generic
open System.IO
open System.Reflection
open MoDoMoDo.Domain

let private mark = ".dll:"

/// True for a name of the form ASSEMBLY.dll:NAME.
let isReference (name: string) : bool = name.Contains(mark, StringComparison.OrdinalIgnoreCase)

let private wrong wanted found = raise (InputException("", "verifier", wanted, found))

let private assembly (path: string) : Assembly =
    let full = Path.GetFullPath path

    if not (File.Exists full) then
        wrong "an assembly that exists" $"'{path}'"

    try
        Assembly.LoadFrom full
    with
    | :? BadImageFormatException
    | :? FileLoadException -> wrong "a .NET assembly" $"'{path}'"

/// "Polite" and "My.Rewards.Polite" both name My.Rewards.Polite.
let private names (wanted: string) (full: string) =
    let full = full.Replace('+', '.')
    full = wanted || full.EndsWith("." + wanted, StringComparison.Ordinal)

/// The public static properties and fields of a type that hold verifiers: the values of an F# module.
let private values (t: Type) : (string * (unit -> obj | null)) list =
    let flags = BindingFlags.Public ||| BindingFlags.Static
    let isVerifier (held: Type) = typeof<IVerifier>.IsAssignableFrom held

    [
        for p in t.GetProperties flags do
            if isVerifier p.PropertyType then
                $"{t.FullName}.{p.Name}", (fun () -> p.GetValue null)
        for f in t.GetFields flags do
            if isVerifier f.FieldType then
                $"{t.FullName}.{f.Name}", (fun () -> f.GetValue null)
    ]

/// A type that is a verifier: made from the parameters where it has such a constructor, else without.
let private made (parameters: IReadOnlyDictionary<string, string>) (t: Type) : (string * (unit -> obj | null)) list =
    if not (typeof<IVerifier>.IsAssignableFrom t) || t.IsAbstract || t.ContainsGenericParameters then
        []
    else
        let taking = t.GetConstructor [| typeof<IReadOnlyDictionary<string, string>> |]
        let plain = t.GetConstructor Type.EmptyTypes

        match Option.ofObj taking, Option.ofObj plain with
        | Some taking, _ -> [ string t.FullName, (fun () -> taking.Invoke [| box parameters |]) ]
        | None, Some plain -> [ string t.FullName, (fun () -> plain.Invoke [||]) ]
        | None, None -> []

/// The verifier of a reference ASSEMBLY.dll:NAME: a public class that implements IVerifier, made from the parameters or
/// without, or a public static property or field (an F# module's value) of that type. Raises InputException when the
/// assembly or the name is not there, when the name is not unique, or when the making fails.
let load (reference: string) (parameters: IReadOnlyDictionary<string, string>) : IVerifier =
    let cut = reference.LastIndexOf(mark, StringComparison.OrdinalIgnoreCase) + mark.Length
    let path, name = reference.Substring(0, cut - 1), reference.Substring(cut).Trim()

    let candidates =
        try
            (assembly path).GetExportedTypes()
            |> Seq.collect (fun t -> made parameters t @ values t)
            |> Seq.toList
        with
        | :? FileNotFoundException
        | :? FileLoadException
        | :? TypeLoadException as e -> wrong $"an assembly whose references are there ({path})" e.Message

    match candidates |> List.filter (fun (full, _) -> names name full) with
    | [ full, make ] ->
        try
            match make () with
            | :? IVerifier as verifier -> verifier
            | _ -> wrong $"a verifier as {full}" "null"
        with :? TargetInvocationException as e ->
            let cause = e.GetBaseException()

            wrong
                $"a verifier {full} that can be made"
                $"{cause.GetType().Name}: {cause.Message.ReplaceLineEndings(string ' ')}"
    | [] ->
        let known = candidates |> List.map fst |> List.truncate 8 |> String.concat ", "
        wrong $"a public IVerifier of {path}" (if known = "" then $"'{name}'" else $"'{name}'; it has {known}")
    | several -> wrong "one verifier" (several |> List.map fst |> String.concat ", ")
