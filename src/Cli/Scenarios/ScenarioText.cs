using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Platform.Cli.Routes;

namespace Platform.Cli.Scenarios;

/// <summary>A scenario as the API takes it: a name and one line a change.</summary>
internal sealed partial record ScenarioText(string Name, IReadOnlyList<string> Changes)
{
    /// <summary>Changes separated by ';', with "name: " before them where they have one.</summary>
    /// <param name="place">Counted from 1: names the scenario that has none.</param>
    public static ScenarioText Read(string text, int place)
    {
        var named = Named().Match(text);
        return new ScenarioText(
            named.Success ? named.Groups[1].Value : "what-if-" + place.ToString(CultureInfo.InvariantCulture),
            [.. ReadChanges("--what-if", text[named.Length..])]);
    }

    /// <summary>The changes of one text, separated by ';'.</summary>
    /// <param name="option">That the text is of.</param>
    public static IEnumerable<string> ReadChanges(string option, string text) => Split(option, text).Select(change => change.Trim()).Where(change => change.Length > 0);

    /// <summary>A YAML or JSON file: a list of scenarios, or an object that has it as `scenarios`, each with a name and its changes.</summary>
    /// <exception cref="KtError">It is something else.</exception>
    public static IReadOnlyList<ScenarioText> ReadFile(string path)
    {
        var read = YamlReader.Read(path);
        var list = read.ValueKind == JsonValueKind.Object && read.TryGetProperty("scenarios", out var scenarios) ? scenarios : read;
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new KtError(ExitCodes.Usage, $"{path} must be a list of scenarios, each with name: and changes:.");
        }

        return [.. list.EnumerateArray().Select(scenario =>
            scenario.ValueKind == JsonValueKind.Object && scenario.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
            && scenario.TryGetProperty("changes", out var changes) && changes.ValueKind == JsonValueKind.Array && changes.EnumerateArray().All(change => change.ValueKind == JsonValueKind.String)
                ? new ScenarioText(name.GetString()!, [.. changes.EnumerateArray().Select(change => change.GetString()!)])
                : throw new KtError(ExitCodes.Usage, $"{path}: a scenario has name: and changes:, a list of lines such as \"wallet team=search amount=+500\"."))];
    }

    public void Write(Utf8JsonWriter body)
    {
        body.WriteString("name", Name);
        body.WriteStartArray("changes");
        foreach (var change in Changes)
        {
            body.WriteStringValue(change);
        }

        body.WriteEndArray();
    }

    /// <summary>A ';' within quotes is text. A quotation mark that is left open would make text of all changes after it.</summary>
    /// <exception cref="KtError">One is.</exception>
    private static IEnumerable<string> Split(string option, string text)
    {
        var (start, quoted) = (0, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (text[i] == ';' && !quoted)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return quoted ? throw new KtError(ExitCodes.Usage, $"{option} '{text}': a quotation mark is never closed. A value with spaces is written name=\"Big launch\".") : text[start..];
    }

    [GeneratedRegex(@"^\s*([a-z][a-z0-9_-]*):\s+")]
    private static partial Regex Named();
}
