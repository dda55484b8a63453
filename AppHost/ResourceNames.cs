namespace Platform.AppHost;

/// <summary>The names of the topology's resources and endpoints, shared with the tests and fixed in scripts.</summary>
internal static class ResourceNames
{
    public const string Postgres = "postgres";
    public const string WalletDatabase = "walletdb";
    public const string MeteringDatabase = "meteringdb";
    public const string RoutingDatabase = "routingdb";
    public const string ForecastDatabase = "forecastdb";
    public const string ExportDatabase = "exportdb";
    public const string Messaging = "messaging";

    public const string Wallet = "wallet";
    public const string Metering = "metering";
    public const string Routing = "routing";
    public const string Forecast = "forecast";
    public const string Export = "export";
    public const string Api = "api";
    public const string Dashboard = "dashboard";
    public const string Simulator = "simulator";

    /// <summary>HTTP/1.1 and health; also the AI gateway on <see cref="Routing"/>.</summary>
    public const string HttpEndpoint = "http";

    /// <summary>HTTP/2 without TLS.</summary>
    public const string GrpcEndpoint = "grpc";

    public const string OwnerToken = "owner-token";
    public const string ServiceToken = "service-token";
    public const string SupportKey = "support-key";
    public const string Organisation = "organisation";
    public const string Currency = "currency";
    public const string OpeningAmount = "opening-amount";
    public const string OpenAiBaseUrl = "openai-base-url";
    public const string OpenAiApiKey = "openai-api-key";
    public const string AnthropicBaseUrl = "anthropic-base-url";
    public const string AnthropicApiKey = "anthropic-api-key";

    public const string WalletReplicas = "wallet-replicas";
    public const string MeteringReplicas = "metering-replicas";
    public const string RoutingReplicas = "routing-replicas";

    /// <summary>Of one service on one machine: the native engine keeps all ports of a start in one block of a hundred.</summary>
    public const int MaxReplicas = 8;
}
