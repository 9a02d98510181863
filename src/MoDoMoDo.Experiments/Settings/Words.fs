namespace MoDoMoDo.Experiments

open System

/// Short forms for writing down fields: name, default, meaning, unit.
module internal Words =

    let private field kind (name: string) (initial: Json) meaning unit = {
        Name = name
        Meaning = meaning
        Unit = unit
        Kind = kind
        Default = initial
    }

    let atLeast low name (initial: int) meaning unit =
        field (Kind.Whole(low, infinity)) name (Json.Number(float initial)) meaning unit

    let bounded low (high: int) name (initial: int) meaning unit =
        field (Kind.Whole(low, float high)) name (Json.Number(float initial)) meaning unit

    let count name initial meaning unit = atLeast 1.0 name initial meaning unit

    let number low high name (initial: float) meaning unit =
        field (Kind.Number(low, high)) name (Json.Number initial) meaning unit

    let share name initial meaning = number 0.0 1.0 name initial meaning "in [0, 1]"
    let positive name initial meaning unit = number Double.Epsilon infinity name initial meaning unit
    let notNegative name initial meaning unit = number 0.0 infinity name initial meaning unit
    let any name initial meaning = number -infinity infinity name initial meaning ""

    let maybeNumber low name meaning unit =
        field (Kind.Optional(Kind.Number(low, infinity))) name Json.Null meaning unit

    let maybeWhole low name meaning unit = field (Kind.Optional(Kind.Whole(low, infinity))) name Json.Null meaning unit
    let switch name initial meaning = field Kind.Switch name (Json.Bool initial) meaning ""
    let text name initial meaning = field Kind.Text name (Json.Text initial) meaning ""
    let maybeText name meaning = field (Kind.Optional Kind.Text) name Json.Null meaning ""

    let choice names name initial meaning =
        field (Kind.Choice names) name (Json.Text initial) meaning (String.concat " | " names)

    let texts name meaning = field (Kind.Many Kind.Text) name (Json.List []) meaning ""
    let table kind initial name meaning = field (Kind.Table kind) name initial meaning ""
    let maybeTable kind name meaning unit = field (Kind.Optional(Kind.Table kind)) name Json.Null meaning unit
    let section fields name meaning = field (Kind.Section fields) name (Json.Object []) meaning ""
