module MoDoMoDo.Cli.Program

[<EntryPoint>]
let main _ =
    printfn "%s" (TorchSharp.torch.ones(2L).ToString())
    0
