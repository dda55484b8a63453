using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt providers add NAME</c>: a change of the routing policy, on top of the version that it was made from.</summary>
internal static class ProvidersAddCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var name = new Argument<string>("name") { Description = "What prices and records name: lower-case letters, digits, '_' and '-', beginning with a letter." };
        Option<string?>[] fields =
        [
            CommonOptions.Clearable("--kind", "openai, azure_openai, anthropic, or compatible (anything that speaks OpenAI's HTTP)."),
            CommonOptions.Clearable("--base-url", "Its address, without /v1."),
            CommonOptions.Clearable("--api-path", "Of openai and compatible: where its interface lies below the address; /v1 unless given. Gemini: /v1beta/openai."),
            CommonOptions.Clearable("--api-key", "Where the key is: env:NAME, a variable of the routing service that ends in _API_KEY; file:NAME, a file in its folder of keys that ends in api_key; or none. Never the key itself."),
            CommonOptions.Clearable("--api-version", "Of azure_openai."),
        ];
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what it would change." };
        var description = CommonOptions.Text("--description", "Why.");
        var output = CommonOptions.Output();
        return new Command("add", "Adds a provider to the routing policy, or changes what is given of one that is there. Its models come with kt routes apply.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var current = await api.GetAsync("v1/routes", cancellation);
                var given = fields.Where(field => parsed.GetValue(field) is not null)
                    .ToDictionary(field => field.Name.TrimStart('-').Replace('-', '_'), field => parsed.GetValue(field)!);
                var policy = WithProvider(current.RootElement.GetProperty("policy"), parsed.GetRequiredValue(name), given);
                using var answer = await api.PutAsync(
                    "v1/routes",
                    body => RoutesApplyCommand.Write(
                        body, policy, parsed.GetValue(dryRun), parsed.GetValue(description), long.Parse(current.RootElement.Text("version"), CultureInfo.InvariantCulture)),
                    cancellation);
                RoutesCommand.Print(environment, parsed.GetValue(output), answer.RootElement, parsed.GetValue(dryRun));
                return ExitCodes.Ok;
            },
            [name, .. fields, dryRun, description, output]);
    }

    /// <summary>The document with the fields set; an empty value takes a field away.</summary>
    private static JsonElement WithProvider(JsonElement policy, string name, IReadOnlyDictionary<string, string> given)
    {
        var document = JsonNode.Parse(policy.GetRawText())!.AsObject();
        if (document["providers"] is not JsonArray providers)
        {
            document["providers"] = providers = [];
        }

        var provider = providers.OfType<JsonObject>().FirstOrDefault(known => (string?)known["name"] == name);
        if (provider is null)
        {
            providers.Add(provider = new JsonObject { ["name"] = name });
        }

        foreach (var (field, value) in given)
        {
            provider.Remove(field);
            if (value.Length > 0)
            {
                provider[field] = value;
            }
        }

        return JsonSerializer.SerializeToElement(document);
    }
}
