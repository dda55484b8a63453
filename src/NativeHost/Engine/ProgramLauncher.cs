using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Platform.NativeHost.Engine;

internal sealed record ProgramStart(string Command, IReadOnlyList<string> Args, string WorkingDirectory)
{
    /// <summary>A file without which the start cannot work; told apart because the program's own message would not name the remedy.</summary>
    public string? MustExist { get; init; }
}

/// <summary>Starts a project or an executable and asks its health over HTTP.</summary>
internal sealed class ProgramLauncher(IResource resource, ProgramStart program, ServiceEnvironment environment) : Launcher
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public override async Task<ProcessSpec> DescribeAsync(int replica, CancellationToken cancellationToken)
    {
        if (program.MustExist is { } file && !File.Exists(file))
        {
            throw new DistributedApplicationException($"{file} does not exist: build the solution first");
        }

        var args = resource.Annotations.OfType<CommandLineArgsAnnotation>().SelectMany(a => a.Args);
        return new ProcessSpec(program.Command, [.. program.Args, .. args], program.WorkingDirectory)
        {
            Environment = await environment.EvaluateAsync(replica, cancellationToken),

            // What a service's own host takes at most to end its calls (30 s), and a little.
            StopTimeout = TimeSpan.FromSeconds(35),
        };
    }

    public override async Task<string?> ProbeAsync(int replica, CancellationToken cancellationToken)
    {
        foreach (var check in resource.Annotations.OfType<HttpHealthCheckAnnotation>())
        {
            var port = environment.TargetPort(check.Endpoint.Annotation, replica);
            if (await ProbeAsync(check, $"http://localhost:{port}{check.Path}", cancellationToken) is { } complaint)
            {
                return complaint;
            }
        }

        return null;
    }

    private static async Task<string?> ProbeAsync(HttpHealthCheckAnnotation check, string url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Http.GetAsync(url, cancellationToken);
            return response.StatusCode == (HttpStatusCode)check.StatusCode ? null : $"GET {url} answers {(int)response.StatusCode}";
        }
        catch (HttpRequestException exception)
        {
            return $"GET {url}: {exception.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"GET {url} does not answer within {Http.Timeout.TotalSeconds:0} s";
        }
    }
}
