namespace Aspire.Hosting.ApplicationModel;

/// <summary>A thing of the topology that runs, or that something which runs is made of.</summary>
public interface IResource
{
    /// <summary>ASCII letters, digits and hyphens, starting with a letter, at most 64, no two hyphens in a row.</summary>
    string Name { get; }

    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>A fact about a resource that the engine reads when it starts.</summary>
public interface IResourceAnnotation;

public interface IResourceWithEnvironment : IResource;

public interface IResourceWithArgs : IResource;

public interface IResourceWithEndpoints : IResource;

/// <summary>A resource whose start can wait for others.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource whose endpoints others find as <c>services__name__endpoint__0</c>.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

public interface IResourceWithParent : IResource
{
    IResource Parent { get; }
}

public interface IResourceWithConnectionString : IResource, IValueProvider
{
    ReferenceExpression ConnectionStringExpression { get; }

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) =>
        ConnectionStringExpression.GetValueAsync(cancellationToken);
}

/// <summary>Gives a value once it is known: an endpoint's address, a parameter, a text made of both.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

public sealed class ResourceAnnotationCollection : System.Collections.ObjectModel.Collection<IResourceAnnotation>;

public abstract class Resource : IResource
{
    /// <exception cref="ArgumentException">The name breaks the rule of <see cref="IResource.Name"/>.</exception>
    protected Resource(string name)
    {
        if (!IsValidName(name))
        {
            throw new ArgumentException(
                $"Resource name '{name}' is invalid: ASCII letters, digits and single hyphens, starting with a letter, at most 64.", nameof(name));
        }

        Name = name;
    }

    public string Name { get; }

    public ResourceAnnotationCollection Annotations { get; } = [];

    private static bool IsValidName(string name) =>
        name.Length is > 0 and <= 64
        && char.IsAsciiLetter(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
        && !name.Contains("--", StringComparison.Ordinal)
        && name[^1] != '-';
}
