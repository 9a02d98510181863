namespace MoDoMoDo.Verifiers

module internal Placeholder =
    let nothing = ()
