using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Output;
using Platform.Cli.Routes;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes show</c>: the document, as <c>kt routes apply</c> takes it.</summary>
internal static class RoutesShowCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var version = new Option<long?>("--version") { Description = "This version instead of the one in force." };
        var output = new Option<DocumentFormat>("--output", "-o") { Description = "yaml (the document alone; the default) or json (the API's own answer).", HelpName = CommonOptions.Choices<DocumentFormat>() };
        return new Command("show", "The policy's document: edit it, and apply it.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(parsed.GetValue(version) is { } wanted ? $"v1/routes/versions/{wanted}" : "v1/routes", cancellation);
                if (parsed.GetValue(output) == DocumentFormat.Json)
                {
                    environment.Printer(OutputFormat.Json).Json(answer.RootElement);
                }
                else
                {
                    // The document itself is to be applied as it is.
                    using var named = await environment.NamedAsync(api, OutputFormat.Table, answer, cancellation);
                    environment.Printer(OutputFormat.Table).Line(Heading(named.RootElement));
                    environment.Out.Write(YamlWriter.Write(answer.RootElement.GetProperty("policy")));
                }

                return ExitCodes.Ok;
            },
            version, output);
    }

    private static string Heading(JsonElement version) =>
        $"# Version {version.Text("version")}, {version.Time("applied_at")}, by {version.Text("actor")}{(version.Text("description") is { Length: > 0 } why ? $": {OneLine(why)}" : "")}";

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}

internal enum DocumentFormat
{
    Yaml,
    Json,
}
