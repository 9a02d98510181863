namespace MoDoMoDo.Domain

module internal Placeholder =
    let nothing = ()
