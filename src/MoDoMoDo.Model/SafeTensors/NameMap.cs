namespace MoDoMoDo.Model;

/// <summary>
/// Names of parameters. In the program they are the module names of transformers 5 (model.visual.*,
/// model.language_model.*); on disk the older keys (visual.*, model.*) are written, as transformers does, and all
/// layouts are read (goldens/models/README "Layouts of a checkpoint").
/// </summary>
internal static class NameMap
{
    internal const string Head = "lm_head.weight";

    internal static string ToModule(string key, PolicyFamily family)
    {
        if (family == PolicyFamily.Qwen2)
            return key;
        if (Under(key, "visual."))
            return "model." + key;
        if (Under(key, "model.") && !Under(key, "model.language_model.") && !Under(key, "model.visual."))
            return "model.language_model." + key["model.".Length..];
        return key;
    }

    internal static string ToDisk(string module, PolicyFamily family)
    {
        if (family == PolicyFamily.Qwen2)
            return module;
        if (Under(module, "model.visual."))
            return module["model.".Length..];
        if (Under(module, "model.language_model."))
            return "model." + module["model.language_model.".Length..];
        return module;
    }

    private static bool Under(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal);
}
