namespace MoDoMoDo.Mixtures

module internal Placeholder =
    let nothing = ()
