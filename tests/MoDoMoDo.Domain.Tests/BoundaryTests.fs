/// What C# sees of Domain: no F# collection, function or option is a parameter, and the list of public members is committed.
module MoDoMoDo.Domain.Tests.BoundaryTests

open System
open System.IO
open System.Reflection
open MoDoMoDo.Domain
open global.Xunit

let private domain = typeof<Weights>.Assembly

let private members =
    let mine =
        BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly

    domain.GetExportedTypes()
    |> Array.collect (fun owner -> owner.GetMembers mine |> Array.map (fun m -> owner, m))

let private parametersOf (m: MemberInfo) =
    match m with
    | :? MethodBase as method -> method.GetParameters() |> Array.map _.ParameterType
    | _ -> [||]

let private resultOf (m: MemberInfo) =
    match m with
    | :? MethodInfo as method -> Some method.ReturnType
    | :? PropertyInfo as property -> Some property.PropertyType
    | :? FieldInfo as field -> Some field.FieldType
    | _ -> None

/// A type with all types that it is made of.
let rec private parts (t: Type) : Type list =
    let inner =
        if t.HasElementType then [ nonNull (t.GetElementType()) ]
        elif t.IsGenericType then List.ofArray (t.GetGenericArguments())
        else []

    t :: List.collect parts inner

let private isOneOf (generics: Type list) (t: Type) =
    t.IsGenericType && List.contains (t.GetGenericTypeDefinition()) generics

let private fsharpOnly = [ typedefof<int -> int>; typedefof<int list>; typedefof<Map<int, int>>; typedefof<Set<int>> ]

let private options = [ typedefof<int option>; typedefof<int voption> ]

/// Written by the compiler for unions and records, never called by hand.
let private isGenerated (m: MemberInfo) =
    m.IsDefined(typeof<Runtime.CompilerServices.CompilerGeneratedAttribute>, false)
    || List.contains m.Name [ "CompareTo"; "Equals"; "GetHashCode"; "ToString"; "Tag"; "get_Tag" ]

[<Fact>]
let ``no parameter or result of a public member holds an F# function, list, map or set`` () =
    let leaks =
        members
        |> Array.filter (fun (_, m) ->
            Array.append (parametersOf m) (Option.toArray (resultOf m))
            |> Array.exists (parts >> List.exists (isOneOf fsharpOnly)))

    Assert.Empty leaks

[<Fact>]
let ``no parameter of a public member is an option`` () =
    let leaks =
        members
        |> Array.filter (fun (_, m) -> not (isGenerated m))
        |> Array.filter (fun (_, m) -> parametersOf m |> Array.exists (parts >> List.exists (isOneOf options)))

    Assert.Empty leaks

let rec private nameOf (t: Type) : string =
    let bare = t.Name.Split('`')[0]

    if t.IsArray then
        nameOf (nonNull (t.GetElementType())) + "[]"
    elif t.IsGenericType then
        let arguments = t.GetGenericArguments() |> Array.map nameOf |> String.concat ", "
        $"{bare}<{arguments}>"
    else
        bare

let private line (owner: Type, m: MemberInfo) =
    let parameters =
        match m with
        | :? MethodBase -> "(" + (parametersOf m |> Array.map nameOf |> String.concat ", ") + ")"
        | _ -> ""

    let result =
        match resultOf m with
        | Some t -> ": " + nameOf t
        | None -> ""

    $"{nameOf owner}.{m.Name}{parameters}{result}"

let private publicMembers () =
    members
    |> Array.filter (fun (owner, m) -> owner.Name <> "Tags" && not (isGenerated m || m :? Type))
    |> Array.filter (fun (_, m) ->
        match m with
        | :? MethodInfo as method -> not method.IsSpecialName
        | _ -> true)
    |> Array.map line
    |> Array.distinct
    |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))

[<Fact>]
let ``the public members of Domain are those of PublicMembers.txt`` () =
    let approved = "tests/MoDoMoDo.Domain.Tests/PublicMembers.txt"
    let found = publicMembers ()
    let wanted = Repository.lines approved

    if found <> wanted then
        let received = approved.Replace(".txt", ".received.txt")
        File.WriteAllText(Repository.at received, String.concat "\n" found + "\n")
        let gone = Array.except found wanted |> Array.map (fun l -> "- " + l)
        let fresh = Array.except wanted found |> Array.map (fun l -> "+ " + l)
        let lines = String.concat "\n" (Array.append gone fresh)
        Assert.Fail $"where this is meant, replace {approved} by {received}:\n{lines}"
