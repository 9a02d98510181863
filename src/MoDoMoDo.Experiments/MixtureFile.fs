namespace MoDoMoDo.Experiments

open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// Lists of named mixtures as CSV files: `run,w:DOMAIN,...`, a ledger without scores.
module MixtureFile =

    let private rows (mixtures: NamedMixture[]) =
        mixtures |> Array.map (fun m -> LedgerRow.Create(m.Run, m.Weights, []))

    /// Writes mixtures that share their domains, whole or not at all. Raises InputException when there is none.
    let write (file: string) (mixtures: NamedMixture[]) : unit =
        if mixtures.Length = 0 then
            raise (InputException(file, "", "at least one mixture to write", "none"))

        let ledger = { Domains = Array.ofSeq mixtures[0].Weights.Domains; Targets = [||]; Rows = rows mixtures }

        Files.replace file (fun temporary -> LedgerFile.write temporary ledger)

    /// The mixtures of a file; further columns are ignored. Raises InputException when it is none.
    let read (file: string) : NamedMixture[] =
        let ledger = (LedgerFile.read LedgerFormat.Default file).Ledger
        ledger.Rows |> Array.map (fun row -> { Run = row.Run; Weights = row.Weights })
