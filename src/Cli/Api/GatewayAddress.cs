namespace Platform.Cli.Api;

/// <summary>
/// The AI gateway and the key to call it with. Batches belong to the team of an inference key, as calls do, so they are asked for there and not at the API.
/// </summary>
internal static class GatewayAddress
{
    public const string UrlVariable = "KEEPTRUSTS_GATEWAY_URL";
    public const string KeyVariable = "KEEPTRUSTS_INFERENCE_KEY";
    public const string DefaultUrl = "http://127.0.0.1:5130";

    public static ApiClient ConnectToGateway(this KtEnvironment environment)
    {
        var url = environment.Variable(UrlVariable) is { Length: > 0 } given ? given.Trim().TrimEnd('/') : DefaultUrl;
        return environment.Variable(KeyVariable) is { Length: > 0 } key
            ? new ApiClient(url, key.Trim(), environment.Patience, isGateway: true)
            : throw new KtError(
                ExitCodes.NotAuthenticated, $"There is no inference key. Set {KeyVariable} to a team's key (kt auth token create --team TEAM makes one); batches are its team's.");
    }
}
