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
    public Launcher Create(IResource resource) => resource switch
    {
        ProjectResource project => new ProgramLauncher(project, Program(project), new ServiceEnvironment(project, targets, configuration)),
        ExecutableResource executable => new ProgramLauncher(
            executable,
            new ProgramStart(executable.Command, [], executable.WorkingDirectory),
            new ServiceEnvironment(executable, targets, configuration)),
        PostgresServerResource postgres => new PostgresLauncher(postgres, data, logs, processes, notifications),
        RabbitMQServerResource rabbit => new RabbitMQLauncher(
            rabbit, data, processes, ports.Take($"{rabbit.Name}/distribution"), ports.Take($"{rabbit.Name}/epmd")),
        _ => throw new InvalidOperationException($"{resource.Name} runs as a process but has no launcher."),
    };

    private static ProgramStart Program(ProjectResource project)
    {
        var metadata = project.Annotations.OfType<ProjectMetadataAnnotation>().Single().Metadata;
        return new ProgramStart(DotNetHost.Path, [metadata.TargetPath], Path.GetDirectoryName(metadata.ProjectPath)!)
        {
            MustExist = metadata.TargetPath,
        };
    }
}
