module MoDoMoDo.Domain.Tests.PromptTests

open MoDoMoDo.Domain
open global.Xunit

let private picture = Image.OfPixels(RgbImage.Create(2, 1, [| 1uy; 2uy; 3uy; 4uy; 5uy; 6uy |]))

let private sample = {
    Sample.Create("1", "sat", "Which?", [| picture |], Gold.Letter "B") with
        Options = [| "left"; "right" |]
}

let private template style = {
    PromptTemplate.Plain with
        Before = "Look. "
        After = " Answer."
        Options = style
        System = "You see."
        Chat = true
}

let private textOf style (sample: Sample) = (Prompt.render (template style) sample).Text

[<Fact>]
let ``options are written as the template says, between question and instruction`` () =
    Assert.Equal("Look. Which? Answer.", textOf OptionStyle.Hidden sample)
    Assert.Equal("Look. Which?\nA. left\nB. right Answer.", textOf OptionStyle.Lines sample)
    Assert.Equal("Look. Which? (A) left (B) right Answer.", textOf OptionStyle.Inline sample)

[<Fact>]
let ``a question without options reads the same in every style`` () =
    let bare = { sample with Options = [||] }

    for style in [ OptionStyle.Hidden; OptionStyle.Lines; OptionStyle.Inline ] do
        Assert.Equal("Look. Which? Answer.", textOf style bare)

[<Fact>]
let ``system message, images and chat form come through`` () =
    let prompt = Prompt.render (template OptionStyle.Hidden) sample
    Assert.Equal("You see.", prompt.System)
    Assert.True prompt.Chat
    Assert.Equal<Image[]>([| picture |], prompt.Images)

[<Fact>]
let ``the plain template is the question alone`` () =
    let prompt = Prompt.render PromptTemplate.Plain sample
    Assert.Equal("Which?", prompt.Text)
    Assert.False prompt.Chat
