using Aspire.Hosting.ApplicationModel;
using Platform.NativeHost.Engine;

namespace Aspire.Hosting;

public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project with the endpoints of its own <c>Kestrel:Endpoints</c>, or else of its launch profile.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var metadata = new TProject();
        var project = builder.AddResource(new ProjectResource(name)).WithAnnotation(new ProjectMetadataAnnotation(metadata));
        var settings = ProjectSettings.Read(Path.GetDirectoryName(metadata.ProjectPath)!, builder.Environment.EnvironmentName);
        foreach (var endpoint in settings.Endpoints)
        {
            project.WithAnnotation(endpoint);
        }

        return project.WithEnvironment(context =>
        {
            context.EnvironmentVariables.TryAdd("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName);
            foreach (var (key, value) in settings.LaunchEnvironment)
            {
                context.EnvironmentVariables[key] = value;
            }
        });
    }

    /// <summary>Runs the project this many times behind one host port.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        return builder.WithAnnotation(new ReplicaAnnotation(replicas));
    }
}

public static class ExecutableResourceBuilderExtensions
{
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="command">A program on the PATH, or a path.</param>
    /// <param name="workingDirectory">Relative to the AppHost's folder.</param>
    /// <param name="args">Handed over as they are, without a shell.</param>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[] args) =>
        builder.AddResource(new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory))).WithArgs(args);
}
