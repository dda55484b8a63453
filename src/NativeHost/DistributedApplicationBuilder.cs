using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Platform.NativeHost.Engine;

namespace Aspire.Hosting;

public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }

    /// <summary>The folder of the AppHost's project file.</summary>
    string AppHostDirectory { get; }

    IHostEnvironment Environment { get; }

    IServiceCollection Services { get; }

    DistributedApplicationExecutionContext ExecutionContext { get; }

    IReadOnlyCollection<IResource> Resources { get; }

    /// <exception cref="DistributedApplicationException">The name is taken.</exception>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;

    DistributedApplication Build();
}

public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }
}

/// <summary>Whether the topology is being run or, which only Aspire's own engine can do, published.</summary>
public sealed class DistributedApplicationExecutionContext(bool isPublishMode)
{
    public bool IsPublishMode => isPublishMode;

    public bool IsRunMode => !isPublishMode;
}

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    /// <summary>Where the platform's state lives; the AppHost reads the same key.</summary>
    internal const string DataDirectoryKey = "DataDirectory";

    private readonly HostApplicationBuilder _inner;
    private readonly AppHostInterception? _interception = AppHostInterception.Current;
    private readonly List<IResource> _resources = [];

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        var assembly = _interception?.AppHostAssembly ?? Assembly.GetEntryAssembly();
        var projectPath = assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "AppHostProjectPath")?.Value;
        AppHostDirectory = projectPath ?? Directory.GetCurrentDirectory();
        if (_interception is null && projectPath is not null)
        {
            AppDomain.CurrentDomain.UnhandledException += TellInOneLine;
        }

        _inner = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = options.Args,
            ContentRootPath = Directory.Exists(AppHostDirectory) ? AppHostDirectory : AppContext.BaseDirectory,
            EnvironmentName = System.Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Development,
        });
        ExecutionContext = new DistributedApplicationExecutionContext(
            string.Equals(Configuration["Publishing:Publisher"] ?? Configuration["operation"], "publish", StringComparison.OrdinalIgnoreCase));
        var root = Path.GetFullPath(
            Configuration[DataDirectoryKey] ?? Configuration["KEEPTRUSTS_DATA"] ?? Path.Combine(AppHostDirectory, "..", ".data"));
        Configuration[DataDirectoryKey] = root;
        Data = new DataDirectory(root);
        Parameters = new ParameterFile(Data);
        _interception?.Created(this);
    }

    public ConfigurationManager Configuration => _inner.Configuration;

    public string AppHostDirectory { get; }

    public IHostEnvironment Environment => _inner.Environment;

    public IServiceCollection Services => _inner.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IReadOnlyCollection<IResource> Resources => _resources;

    internal DataDirectory Data { get; }

    internal ParameterFile Parameters { get; }

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (_resources.Any(r => r.Name.Equals(resource.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException($"A resource named '{resource.Name}' exists already.");
        }

        _resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        if (ExecutionContext.IsPublishMode)
        {
            throw new DistributedApplicationException("Publishing needs Aspire's own packages: build the AppHost with UseAspire=true.");
        }

        _interception?.Building();
        ConfigureServices();
        var application = new DistributedApplication(_inner.Build(), ownedByTest: _interception is not null);
        _interception?.Built(application);
        return application;
    }

    // A topology that its Main refuses (a parameter that is out of range) is told as one that fails to start is: see DistributedApplication.Run.
    private static void TellInOneLine(object sender, UnhandledExceptionEventArgs unhandled)
    {
        if (unhandled.ExceptionObject is DistributedApplicationException exception)
        {
            Console.Error.WriteLine($"AppHost: {exception.Message}");
            System.Environment.Exit(1);
        }
    }

    private void ConfigureServices()
    {
        var underTest = _interception is not null || Configuration.GetValue<bool>(TestRun.ConfigurationKey);
        _inner.Logging.ClearProviders();
        _inner.Logging.SetMinimumLevel(LogLevel.Warning);
        _inner.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // What fails a start is told by RunAsync, in one line.
        if (!underTest)
        {
            _inner.Logging.AddSimpleConsole(console => console.SingleLine = true);
        }

        Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan); // Each process has a limit of its own.
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton(new Topology(_resources, Configuration[Topology.OnlyKey]));
        Services.AddSingleton(Data);
        Services.AddSingleton(Parameters);
        Services.AddSingleton(new TestRun(underTest));
        Services.AddSingleton<LogStream>();
        Services.AddSingleton<ProcessGroup>();
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton<ResourceCommandService>();
        Services.AddSingleton<Orchestrator>();
        Services.AddHostedService(services => services.GetRequiredService<Orchestrator>());
    }
}
