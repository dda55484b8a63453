namespace Platform.IntegrationTests;

internal static class Reconciliation
{
    /// <summary>Runs the four-way check as finance would; whatever is open must end within a minute, and nothing may differ.</summary>
    public static async Task AssertEqualAsync(RunningPlatform platform, CancellationToken cancellationToken)
    {
        var result = await platform.Kt.RunAsync(cancellationToken, "reconcile", "--wait", "60");
        Assert.True(result.ExitCode == 0, $"kt reconcile: {result}");
        var verify = await platform.Kt.RunAsync(cancellationToken, "wallets", "verify");
        Assert.True(verify.ExitCode == 0, $"kt wallets verify: {verify}");
    }
}
