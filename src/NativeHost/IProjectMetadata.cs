namespace Aspire.Hosting;

/// <summary>What the build knows of a referenced project; <c>build/NativeHost.targets</c> writes one class a reference.</summary>
public interface IProjectMetadata
{
    /// <summary>Absolute path of the project file.</summary>
    string ProjectPath { get; }

    /// <summary>Absolute path of the built assembly.</summary>
    string TargetPath { get; }
}
