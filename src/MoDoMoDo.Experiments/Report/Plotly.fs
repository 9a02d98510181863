namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Reflection

/// Plotly's own script, which Plotly.NET carries: pages hold it, so that they need no network.
module internal Plotly =

    /// The script.
    let script () : string =
        let assembly = typeof<Plotly.NET.GenericChart>.Assembly

        let isScript (name: string) =
            name.Contains("plotly-", StringComparison.Ordinal)
            && name.EndsWith(".min.js", StringComparison.Ordinal)

        match assembly.GetManifestResourceNames() |> Array.tryFind isScript with
        | None -> raise (InvalidOperationException "Plotly.NET carries no script")
        | Some name ->
            match assembly.GetManifestResourceStream name with
            | null -> raise (InvalidOperationException "Plotly.NET carries no script")
            | stream ->
                use reader = new StreamReader(stream)
                // A closing tag inside the script would end it early.
                reader.ReadToEnd().Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)
