namespace MoDoMoDo.Experiments

/// A part of a page with the charts that it needs, by name.
type internal Part = { Html: string; Charts: (string * Json) list }

module internal Part =

    /// A part of these pieces of HTML, which name these charts.
    let create (charts: (string * Plotly.NET.GenericChart) list) (html: string list) : Part = {
        Html = String.concat "\n" html
        Charts = charts |> List.map (fun (name, chart) -> name, Charts.json chart)
    }

    /// Nothing.
    let empty: Part = { Html = ""; Charts = [] }
