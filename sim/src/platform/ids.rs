//! Numbers that name things: indices of their own types, so that none is mistaken for another.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in a list of such things.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// An app, by its order in the scenario.
    AppId
);
id!(
    /// An endpoint of an app, by its order in the app.
    EndpointId
);
id!(
    /// A client population, by its order in the scenario.
    ClientId
);
id!(
    /// A router of the mesh.
    RouterId
);
id!(
    /// A dyno of an app, by its slot in the app.
    DynoId
);
