namespace MoDoMoDo.Model;

/// <summary>A token that is found in the text as it stands, before anything is cut or merged.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Special tokens are left out of decoded text, and are plain text where the caller says so.</param>
public sealed record AddedToken(int Id, string Content, bool Special);

/// <summary>Finds added tokens in a text: leftmost, then longest, as the reference implementation does.</summary>
internal sealed class AddedTokenTrie
{
    private readonly Dictionary<(int Node, char Letter), int> children = [];
    private readonly Dictionary<int, AddedToken> ends = [];

    internal AddedTokenTrie(IEnumerable<AddedToken> tokens)
    {
        var nodes = 1;
        foreach (var token in tokens.Where(t => t.Content.Length > 0))
        {
            var node = 0;
            foreach (var letter in token.Content)
            {
                if (!children.TryGetValue((node, letter), out var child))
                    children[(node, letter)] = child = nodes++;
                node = child;
            }
            ends[node] = token;
        }
    }

    /// <summary>The longest token that begins at `start` and that `allowed` accepts (given its end); null when there is none.</summary>
    internal AddedToken? Longest(string text, int start, Func<AddedToken, int, bool> allowed)
    {
        AddedToken? found = null;
        var node = 0;
        for (var i = start; i < text.Length && children.TryGetValue((node, text[i]), out node); i++)
            if (ends.TryGetValue(node, out var token) && allowed(token, i + 1))
                found = token;
        return found;
    }
}
