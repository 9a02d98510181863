namespace MoDoMoDo.Experiments

open MoDoMoDo.Data
open MoDoMoDo.Model

/// The tokenizer of the embedded world.
module WorldTokenizer =

    /// All words of a level as added tokens over bytes. Raises InputException on another level than 1, 2 or 3.
    let atLevel (level: int) : Tokenizer = Tokenizer.OfWords(WorldWords.Tokens(WorldLevel.Of level))
