module MoDoMoDo.Verifiers.Tests.InstructionTests

open Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

let private holds instruction text = fst (Instruction.check instruction text)
let private exactly n : Bounds = { Least = n; Most = n }

[<Fact>]
let ``words, sentences and paragraphs are counted as people count them`` () =
    let text = "Dr_1 paid $3.50. Really?! \"Yes.\"\n\nA second block\nof two lines\n***\nthe end"
    Assert.True(holds (Instruction.Words(exactly 14)) text)
    Assert.True(holds (Instruction.Sentences(exactly 4)) text)
    Assert.True(holds (Instruction.Paragraphs(exactly 3)) text)

    for count in [ Instruction.Words; Instruction.Sentences; Instruction.Paragraphs ] do
        Assert.True(holds (count (Bounds.AtMost 0)) "")

[<Theory>]
[<InlineData("a cat, Cat; concatenate", "cat", 2)>]
[<InlineData("ice cream and ICE CREAMS", "ice cream", 1)>]
[<InlineData("C++ or c++", "C++", 2)>]
[<InlineData("catcat", "cat", 0)>]
let ``keywords are whole words in any case`` (text: string, word: string, count: int) =
    Assert.True(holds (Instruction.Keyword(word, exactly count)) text)

[<Fact>]
let ``bullets, sections, placeholders and highlights are counted by their marks`` () =
    Assert.True(holds (Instruction.Bullets(exactly 3)) "- one\n  * two\n\u2022 three\n-four\n*five*\n- ")
    Assert.True(holds (Instruction.Sections("Part", exactly 2)) "Part 1\nx\nPART 2\nParted ways, Part two")
    Assert.True(holds (Instruction.Placeholders(exactly 2)) "[name] lives in [ ] [ci\nty] [street]")
    Assert.True(holds (Instruction.Highlights(exactly 2)) "* a *word* and **two words**\n* *open")
    Assert.True(holds (Instruction.CapitalWords(exactly 2)) "USA and NATO but not Europe 12")
    Assert.True(holds Instruction.Title "x\n<<Songs>>\ny")

[<Fact>]
let ``case, JSON, start, end and quotes look at the whole`` () =
    Assert.True(holds Instruction.LowerCase "all of it, 100 %")
    Assert.False(holds Instruction.LowerCase "123")
    Assert.True(holds Instruction.UpperCase "LOUD 1")
    Assert.True(holds Instruction.Json "```json\n{\"a\": [1, 2]}\n```")
    Assert.False(holds Instruction.Json "{\"a\": 1} done")
    Assert.True(holds (Instruction.StartsWith "dear") "Dear all")
    Assert.True(holds (Instruction.EndsWith "The end. ") "... THE END.")
    Assert.True(holds Instruction.Quoted "\"so\"")
    Assert.False(holds Instruction.Quoted "\"")

let private verdict (parameters: (string * string) list) (gold: string) (text: string) =
    let verifier =
        Catalogue.findWith "instructions" (dict parameters |> System.Collections.Generic.Dictionary)

    verifier.Verify(Attempt.Create(Sample.Create("", "", "", [||], Gold.Text [| gold |]), text))

let private gold =
    """[{"check": "words", "min": 2, "max": 3}, {"check": "forbidden", "texts": ["no", "never"]}, "title"]"""

[<Fact>]
let ``a list of checks scores by all of them, or by the share that holds`` () =
    Assert.Equal(0.0, (verdict [] gold "<think>no</think>Yes, maybe").Value)
    let shared = verdict [ "mode", "share" ] gold "<think>no</think>Yes, maybe"
    Assert.Equal(0.75, shared.Value)
    Assert.Equal<string[]>([| "words"; "keyword"; "keyword"; "title" |], shared.Evidence.Parts |> Array.map _.Name)
    Assert.Contains("2 words, wanted 2 to 3", shared.Evidence.Why)

[<Fact>]
let ``the answer element is what is checked where there is exactly one`` () =
    let checks = """{"check": "starts", "text": "ok"}"""
    Assert.Equal(1.0, (verdict [] checks "<think>so</think><answer> ok then </answer>").Value)
    Assert.Equal("no_answer", (verdict [] checks "<think>so</think> ").Outcome)

[<Fact>]
let ``rows of IFEval are read as they are`` () =
    let row =
        """{"instruction_id_list": ["length_constraints:number_words", "keywords:frequency", "punctuation:no_comma",
        "detectable_format:number_bullet_lists"], "kwargs": [{"num_words": 5, "relation": "less than"},
        {"keyword": "sun", "frequency": 2, "relation": "at least"}, {}, {"num_bullets": 2}]}"""

    Assert.Equal(1.0, (verdict [] row "- sun\n- sun rises").Value)
    Assert.Equal(0.5, (verdict [ "mode", "share" ] row "sun, sun").Value)

[<Theory>]
[<InlineData("so many words")>]
[<InlineData("""[{"check": "word"}]""")>]
[<InlineData("""[{"check": "words", "min": 3, "max": 2}]""")>]
[<InlineData("""[{"check": "keyword"}]""")>]
[<InlineData("[]")>]
[<InlineData("""{"instruction_id_list": ["nothing:like_it"], "kwargs": [{}]}""")>]
let ``checks that cannot be read are the gold's fault`` (gold: string) =
    Assert.Equal("unscorable", (verdict [] gold "anything").Outcome)

[<Theory>]
[<InlineData("""[{"check": "bullets", "exactly": 2}]""", "unknown field 'exactly'")>]
[<InlineData("""[{"check": "json", "min": 1}]""", "takes no fields")>]
[<InlineData("""["lowercase"]""", "lower_case")>]
let ``a misspelt check or field is an error that names the right ones`` (json: string, wanted: string) =
    match Instructions.ofJson json with
    | Error why -> Assert.Contains(wanted, why)
    | Ok _ -> Assert.Fail "read"
