namespace Platform.IntegrationTests;

/// <summary>One running platform for the tests that leave it as they found it: whole.</summary>
public sealed class SharedPlatform : IAsyncLifetime
{
    private RunningPlatform? _platform;

    public RunningPlatform Platform => _platform ?? throw new InvalidOperationException("The platform has not started.");

    public async ValueTask InitializeAsync() => _platform = await RunningPlatform.StartAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class SharedPlatformCollection : ICollectionFixture<SharedPlatform>
{
    public const string Name = "one running platform";
}
