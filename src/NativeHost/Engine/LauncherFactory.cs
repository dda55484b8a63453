using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Platform.NativeHost.Servers;

namespace Platform.NativeHost.Engine;

/// <summary>Finds the launcher of each kind of resource.</summary>
internal sealed class LauncherFactory(
    DataDirectory data,
    LogStream logs,
    ProcessGroup processes,
    ResourceNotificationService notifications,
    IConfiguration configuration,
    TargetPorts targets,
    PortFile ports)
{
    /// <summary>Configuration, by resource: how many seconds a program may take to end before it is killed.</summary>
    public const string StopSecondsKey = "NativeHost:StopSeconds";

    /// <summary>What a service's own host takes at most to end its calls (30 s), and a little.</summary>
    private const int DefaultStopSeconds = 35;

    private const int MaxStopSeconds = 86_400;

    public Launcher Create(IResource resource) => resource switch
    {
        ProjectResource project => new ProgramLauncher(project, Program(project), new ServiceEnvironment(project, targets, configuration), StopTimeoutOf(project)),
        ExecutableResource executable => new ProgramLauncher(
            executable,
            new ProgramStart(executable.Command, [], executable.WorkingDirectory),
            new ServiceEnvironment(executable, targets, configuration),
            StopTimeoutOf(executable)),
        PostgresServerResource postgres => new PostgresLauncher(postgres, data, logs, processes, notifications, configuration),
        RabbitMQServerResource rabbit => new RabbitMQLauncher(
            rabbit, data, processes, ports.Take($"{rabbit.Name}/distribution"), ports.Take($"{rabbit.Name}/epmd")),
        _ => throw new InvalidOperationException($"{resource.Name} runs as a process but has no launcher."),
    };

    public TimeSpan StopTimeoutOf(IResource resource)
    {
        var key = $"{StopSecondsKey}:{resource.Name}";
        return configuration[key] is not { Length: > 0 } given ? TimeSpan.FromSeconds(DefaultStopSeconds)
            : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxStopSeconds ? TimeSpan.FromSeconds(seconds)
            : throw new DistributedApplicationException($"{key} must be a whole number of seconds, at most {MaxStopSeconds}; it is '{given}'.");
    }

    private static ProgramStart Program(ProjectResource project)
    {
        var metadata = project.Annotations.OfType<ProjectMetadataAnnotation>().Single().Metadata;
        return new ProgramStart(DotNetHost.Path, [metadata.TargetPath], Path.GetDirectoryName(metadata.ProjectPath)!)
        {
            MustExist = metadata.TargetPath,
        };
    }
}
