using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Routes;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes apply -f routes.yaml</c>.</summary>
internal static class RoutesApplyCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var file = File();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what it would change." };
        var description = CommonOptions.Text("--description", "Why; it stands in the history, and the forecast shows it beside what follows.");
        var expected = ExpectedVersion();
        var output = CommonOptions.Output();
        return new Command("apply", "Puts a document in force as the next version, and shows what it changes.").Does(
            async (parsed, cancellation) =>
            {
                var policy = ReadPolicy(parsed.GetRequiredValue(file));
                using var api = environment.Connect();
                using var answer = await api.PutAsync(
                    "v1/routes",
                    body => Write(body, policy, parsed.GetValue(dryRun), parsed.GetValue(description), parsed.GetValue(expected)), cancellation);
                RoutesCommand.Print(environment, parsed.GetValue(output), answer.RootElement, parsed.GetValue(dryRun));
                return ExitCodes.Ok;
            },
            file, dryRun, description, expected, output);
    }

    public static Option<string> File() => new("--file", "-f") { Description = "The document, as YAML or JSON. kt routes show gives the one in force.", Required = true };

    public static Option<long?> ExpectedVersion() => new("--expected-version") { Description = "Refuse when another version than this is in force." };

    /// <summary>The document of a file; of the API's own answer the document in it.</summary>
    public static JsonElement ReadPolicy(string path)
    {
        var read = YamlReader.Read(path);
        return read.ValueKind == JsonValueKind.Object && read.TryGetProperty("policy", out var policy) && read.TryGetProperty("version", out _) ? policy : read;
    }

    public static void Write(Utf8JsonWriter body, JsonElement policy, bool dryRun, string? description, long? expectedVersion)
    {
        body.WritePropertyName("policy");
        policy.WriteTo(body);
        body.WriteOptional("description", description);
        body.WriteBoolean("dry_run", dryRun);
        WriteExpected(body, expectedVersion);
    }

    public static void WriteExpected(Utf8JsonWriter body, long? expectedVersion)
    {
        if (expectedVersion is { } version)
        {
            body.WriteNumber("expected_version", version);
        }
    }
}
