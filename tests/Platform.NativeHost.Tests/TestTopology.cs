using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost.Tests;

/// <summary>The test service, as the build would describe it.</summary>
internal sealed class TestService : IProjectMetadata
{
    private static readonly string Root = FindRoot();

    public string ProjectPath => Path.Combine(Root, "tests", "Platform.NativeHost.TestService", "Platform.NativeHost.TestService.csproj");

    public string TargetPath => BuiltAssembly("Platform.NativeHost.TestService");

    /// <summary>Next to this assembly's own folder: artifacts/bin/project/configuration.</summary>
    public static string BuiltAssembly(string project)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"{project}.dll");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the checkout.");
        }

        return folder.FullName;
    }
}

/// <summary>A topology of one test: its own data directory, stopped and removed at the end.</summary>
internal sealed class TestTopology : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly bool _ownsData;
    private DistributedApplication? _app;

    public TestTopology(string? data = null, params string[] args)
    {
        _ownsData = data is null;
        Data = data ?? TestRun.NewDataDirectory();
        Directory.CreateDirectory(Data);
        Builder = DistributedApplication.CreateBuilder([$"--DataDirectory={Data}", $"--{TestRun.ConfigurationKey}=true", .. args]);
    }

    public string Data { get; }

    public IDistributedApplicationBuilder Builder { get; }

    public DistributedApplication App => _app ?? throw new InvalidOperationException("Not started.");

    public IResourceBuilder<ProjectResource> AddService(string name) =>
        Builder.AddProject<TestService>(name).WithHttpHealthCheck("/health", endpointName: "http");

    public async Task StartAsync()
    {
        _app = Builder.Build();
        await _app.StartAsync(Cancellation);
    }

    public Task HealthyAsync(string resource) => WithinAsync(token => App.ResourceNotifications.WaitForResourceHealthyAsync(resource, token));

    public Task StateAsync(string resource, string state) =>
        WithinAsync(token => App.ResourceNotifications.WaitForResourceAsync(resource, state, token));

    public async Task<string> GetAsync(string resource, string path)
    {
        using var client = App.CreateHttpClient(resource);
        return await client.GetStringAsync(new Uri(path, UriKind.Relative), Cancellation);
    }

    public async Task<int> ProcessIdAsync(string resource) => int.Parse(await GetAsync(resource, "/pid"), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }

        // The engine removes the data of a start; a topology that never started has only this folder.
        if (_ownsData && Directory.Exists(Data))
        {
            Directory.Delete(Data, recursive: true);
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task WithinAsync(Func<CancellationToken, Task> wait)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Limit);
        await wait(limit.Token);
    }
}
