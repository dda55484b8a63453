using Platform.Cli.Api;
using Platform.Cli.Configuration;

namespace Platform.Cli.Tests;

public sealed class EnvironmentTests
{
    /// <summary>What `eval "$(./run --env)"` puts into the shell is all that kt needs.</summary>
    [Theory]
    [InlineData(KtSettings.UrlVariable)]
    [InlineData(KtSettings.TokenVariable)]
    [InlineData(KtSettings.InvoiceVariable)]
    [InlineData(GatewayAddress.UrlVariable)]
    [InlineData(GatewayAddress.KeyVariable)]
    public async Task Variable_that_kt_reads_is_among_those_that_run_exports(string name)
    {
        var script = await File.ReadAllTextAsync(Checkout.Path("run"), TestContext.Current.CancellationToken);
        Assert.Contains($"    \"{name}=$(", script.Replace("=kt_live_$(", "=$(", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logout_keeps_the_files_address_whatever_the_environment_says_for_now()
    {
        using var kt = new RunningKt("http://127.0.0.1:9");
        Directory.CreateDirectory(Path.GetDirectoryName(kt.ConfigFile)!);
        await File.WriteAllTextAsync(kt.ConfigFile, """{"api_url":"https://api.example.com","api_token":"kt_live_x"}""", TestContext.Current.CancellationToken);

        Assert.Equal(0, await kt.RunAsync("auth", "logout"));
        var kept = await File.ReadAllTextAsync(kt.ConfigFile, TestContext.Current.CancellationToken);
        Assert.Contains("https://api.example.com", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("kt_live_x", kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batches_are_asked_for_at_the_gateway_that_the_environment_names()
    {
        await using var gateway = new ReplayServer().On("GET /v1/batches", """{"data":[]}""");
        using var kt = new RunningKt("http://127.0.0.1:9");

        Assert.Equal(3, await kt.RunAsync("batches", "list"));
        kt.Variables[GatewayAddress.UrlVariable] = gateway.Url;
        kt.Variables[GatewayAddress.KeyVariable] = "kt_live_team";
        Assert.Equal(0, await kt.RunAsync("batches", "list"));
        Assert.Single(gateway.Requests);
        kt.Variables[GatewayAddress.UrlVariable] = "http://127.0.0.1:1";
        Assert.Equal(4, await kt.RunAsync("batches", "list"));
        Assert.StartsWith("http://127.0.0.1:1/ does not answer: ", kt.Error, StringComparison.Ordinal);
    }
}
