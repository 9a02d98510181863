using System.Runtime.InteropServices;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>Memory that did not suffice, told in terms of the work and of the settings.</summary>
internal static class OutOfMemory
{
    /// <summary>Does the work; when the memory does not suffice, raises WorkException that names it and what would help.</summary>
    internal static T Named<T>(Func<string> what, string settings, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (Is(error))
        {
            throw new WorkException($"{what()}: the memory does not suffice; {settings} would help");
        }
    }

    /// <summary>libtorch reports it as any other failure of native code; its words differ by allocator.</summary>
    private static bool Is(Exception error) =>
        error is OutOfMemoryException
        || error is ExternalException
            && new[] { "allocate memory", "out of memory", "not enough memory", "bad_alloc" }.Any(words =>
                error.Message.Contains(words, StringComparison.OrdinalIgnoreCase)
            );
}

/// <summary>What a portion of the work consists of, for messages.</summary>
internal static class Contents
{
    internal static string Of(IReadOnlyList<RolledGroup> groups) =>
        FormattableString.Invariant(
            $"{Of([.. groups.Select(group => group.Entry)])} with {groups.Sum(group => group.Completions.Length)} completions"
        );

    internal static string Of(IReadOnlyList<PromptEntry> prompts) =>
        FormattableString.Invariant(
            $"{prompts.Count} prompts ({string.Join(", ", prompts.Take(3).Select(Name))}{(prompts.Count > 3 ? ", ..." : "")}; the longest has {prompts.Max(prompt => prompt.Encoded.Ids.Length)} tokens)"
        );

    private static string Name(PromptEntry prompt) => $"{prompt.Domain} {prompt.Sample.Id}";
}
