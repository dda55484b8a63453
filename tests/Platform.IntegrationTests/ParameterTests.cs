using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.AppHost;

namespace Platform.IntegrationTests;

/// <summary>What the AppHost makes of the parameters that people export, whose names have underscores.</summary>
public sealed class ParameterTests : IDisposable
{
    private readonly string _data = Path.Combine(Path.GetTempPath(), $"keeptrusts-parameters-{Guid.NewGuid():N}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A parameter that was read is kept in the data directory.</summary>
    public void Dispose()
    {
        if (Directory.Exists(_data))
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    [Fact]
    public async Task Provider_that_is_named_by_exported_parameters_takes_the_calls_with_its_own_key()
    {
        var routing = await EnvironmentAsync(
            ResourceNames.Routing, "--Parameters:openai_base_url=https://api.openai.example", "--Parameters:openai_api_key=sk-own");

        Assert.Equal("https://api.openai.example", await ValueAsync(routing, "Providers__openai__BaseUrl"));
        Assert.Equal("sk-own", await ValueAsync(routing, "Providers__openai__ApiKey"));
        Assert.DoesNotContain("Providers__anthropic__BaseUrl", routing.Keys); // Nobody should take the simulator for it.
    }

    [Fact]
    public async Task Both_providers_are_the_simulator_where_none_is_named()
    {
        var routing = await EnvironmentAsync(ResourceNames.Routing, "--Parameters:openai_base_url=");

        Assert.Equal("sk-simulator", await ValueAsync(routing, "Providers__openai__ApiKey"));
        Assert.Equal("sk-ant-simulator", await ValueAsync(routing, "Providers__anthropic__ApiKey"));
    }

    [Fact]
    public async Task Organisation_begins_with_the_name_currency_and_amount_that_are_exported()
    {
        var wallet = await EnvironmentAsync(
            ResourceNames.Wallet, "--Parameters:opening_amount=500", "--Parameters:currency=EUR", "--Parameters:organisation=Example GmbH");

        Assert.Equal("500", await ValueAsync(wallet, "Bootstrap__OpeningAmount"));
        Assert.Equal("EUR", await ValueAsync(wallet, "Bootstrap__Currency"));
        Assert.Equal("Example GmbH", await ValueAsync(wallet, "Bootstrap__Organisation"));
    }

    [Fact]
    public async Task Later_source_wins_whatever_its_spelling()
    {
        var wallet = await EnvironmentAsync(ResourceNames.Wallet, "--Parameters:opening_amount=500", "--Parameters:opening-amount=600");
        Assert.Equal("500", await ValueAsync(wallet, "Bootstrap__OpeningAmount")); // Of one source, the name that a shell can export.

        wallet = await EnvironmentAsync(ResourceNames.Wallet);
        Assert.Equal("100000.00", await ValueAsync(wallet, "Bootstrap__OpeningAmount"));
    }

    [Fact]
    public async Task Parameter_that_nobody_reads_is_refused_in_one_line_with_those_there_are()
    {
        var shell = new KtCommand(new Dictionary<string, string> { ["Parameters__openai_url"] = "https://api.openai.example", ["KEEPTRUSTS_DATA"] = _data });

        var refused = await shell.RunScriptAsync($"dotnet {Checkout.BuiltAssembly("AppHost", "AppHost")}", Cancel);

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith("AppHost: there is no parameter 'openai_url'. Parameters: owner_token, ", refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Server_that_is_there_already_is_handed_on_with_a_database_for_each_service()
    {
        var wallet = await EnvironmentAsync(ResourceNames.Wallet, "--ConnectionStrings:postgres=Host=db.example;Username=u;Database=postgres", "--ConnectionStrings:messaging=");

        Assert.Equal("Host=db.example;Username=u;Database=postgres;Database=walletdb", await ValueAsync(wallet, "ConnectionStrings__walletdb")); // The later one counts.
        Assert.Contains("ConnectionStrings__messaging", wallet.Keys); // Of the broker that is started here.
    }

    [Fact]
    public async Task Connection_string_that_nobody_reads_is_refused_with_those_there_are()
    {
        var shell = new KtCommand(new Dictionary<string, string> { ["ConnectionStrings__postgresql"] = "Host=db.example", ["KEEPTRUSTS_DATA"] = _data });

        var refused = await shell.RunScriptAsync($"dotnet {Checkout.BuiltAssembly("AppHost", "AppHost")}", Cancel);

        Assert.Equal((1, "AppHost: there is no server 'postgresql'. Connection strings: ConnectionStrings__postgres, ConnectionStrings__messaging.\n"), (refused.ExitCode, refused.Errors));
    }

    [Theory]
    [InlineData("postgres", "postgres://u:s3cret@db.example/?sslmode=require", "is an address; it must be a list such as Host=")]
    [InlineData("messaging", "Host=mq.example;Password=s3cret", "must be an address such as amqps://")]
    public async Task Connection_string_in_the_other_servers_form_is_refused_and_not_repeated(string server, string given, string told)
    {
        var shell = new KtCommand(new Dictionary<string, string> { [$"ConnectionStrings__{server}"] = given, ["KEEPTRUSTS_DATA"] = _data });

        var refused = await shell.RunScriptAsync($"dotnet {Checkout.BuiltAssembly("AppHost", "AppHost")}", Cancel);

        Assert.Contains(told, refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refused.Errors + refused.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("55")]
    [InlineData("155", "--Gateway:DrainSeconds=120")]
    [InlineData("390", "--Gateway:DrainSeconds=10", "--Scheduled:DrainSeconds=300", "--Leases:StopSeconds=60")]
    [InlineData("7", "--Gateway:DrainSeconds=120", "--NativeHost:StopSeconds:routing=7")]
    public async Task Gateway_is_given_the_time_that_its_calls_are_given(string seconds, params string[] settings)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(settings, Cancel);

        Assert.Equal(seconds, builder.Configuration["NativeHost:StopSeconds:routing"]);
    }

    /// <summary>What a process of the resource would be started with, on a topology that is built and not started.</summary>
    private async Task<Dictionary<string, object>> EnvironmentAsync(string resource, params string[] settings)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>([$"--DataDirectory={_data}", .. settings], Cancel);
        var project = builder.Resources.OfType<ProjectResource>().Single(candidate => candidate.Name == resource);
        var context = new EnvironmentCallbackContext(project);
        foreach (var annotation in project.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }

    private static async Task<string?> ValueAsync(Dictionary<string, object> environment, string name) =>
        environment[name] is IValueProvider value ? await value.GetValueAsync(Cancel) : (string)environment[name];
}
