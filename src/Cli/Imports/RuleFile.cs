using System.Globalization;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using Platform.Cli.Api;
using Platform.Cli.CsvFiles;
using Platform.Cli.TextFiles;

namespace Platform.Cli.Imports;

/// <summary>Whose usage something of a provider is, as a file or a command line says it.</summary>
internal sealed record MapRule(string Dimension, string Value)
{
    public string? Provider { get; init; }

    public string? Team { get; init; }

    public string? User { get; init; }

    public string? Application { get; init; }

    public string? Workload { get; init; }

    public bool Skip { get; init; }

    /// <summary>Writes the fields of the API's body.</summary>
    public void WriteTo(Utf8JsonWriter body)
    {
        body.WriteOptional("provider", Provider);
        body.WriteString("dimension", Dimension);
        body.WriteString("value", Value);
        body.WriteOptional("team_id", Team);
        body.WriteOptional("user_id", User);
        body.WriteOptional("application_id", Application);
        body.WriteOptional("workload", Workload);
        if (Skip)
        {
            body.WriteBoolean("skip", true);
        }
    }
}

/// <summary>A CSV of rules with a header: dimension (key, user or project), value, and where wanted team, user, application, workload, skip (true), provider.</summary>
internal static class RuleFile
{
    private static readonly string[] Known = ["dimension", "value", "team", "user", "application", "workload", "skip", "provider"];

    public static List<MapRule> Read(string path)
    {
        var before = 0;
        using var text = TextFile.OpenText(path);
        using var csv = new CsvReader(text, new CsvConfiguration(CultureInfo.InvariantCulture) { TrimOptions = TrimOptions.Trim, MissingFieldFound = null, BadDataFound = Refuse });
        if (!csv.Read() || !csv.ReadHeader() || !csv.HeaderRecord!.Contains("dimension") || !csv.HeaderRecord!.Contains("value") || csv.HeaderRecord!.Except(Known).Any())
        {
            throw new KtError(ExitCodes.Failed, $"'{path}' needs a header with dimension and value, and of the others no more than {string.Join(", ", Known.Skip(2))}.");
        }

        var rules = new List<MapRule>();
        for (before = csv.Parser.RawRow; csv.Read(); before = csv.Parser.RawRow)
        {
            if (CsvRow.WrongWidth(csv.Parser.Record!.Length, csv.HeaderRecord!.Length) is { } problem)
            {
                throw new KtError(ExitCodes.Failed, $"'{path}', line {csv.Parser.RawRow}: {problem}");
            }

            string? Field(string name) => csv.TryGetField<string>(name, out var given) && !string.IsNullOrEmpty(given) ? given : null;
            var skip = Field("skip");
            if (Field("dimension") is not ("key" or "user" or "project") || Field("value") is null || skip is not (null or "true" or "false"))
            {
                throw new KtError(ExitCodes.Failed, $"'{path}', line {csv.Parser.RawRow}: dimension must be key, user or project, value must be there, and skip true or false.");
            }

            rules.Add(new MapRule(Field("dimension")!, Field("value")!)
            {
                Team = Field("team"), User = Field("user"), Application = Field("application"), Workload = Field("workload"), Skip = skip == "true", Provider = Field("provider"),
            });
        }

        return rules.Count > 0 ? rules : throw new KtError(ExitCodes.Failed, $"'{path}' has no rule below its header.");

        void Refuse(BadDataFoundArgs found) => throw new KtError(ExitCodes.Failed, $"'{path}', line {before + 1}: {CsvRow.WrongQuotes}");
    }
}
